"""Ring 2: what each line of a message means here, and what stands out in a call. Pure: values in, ids out."""
