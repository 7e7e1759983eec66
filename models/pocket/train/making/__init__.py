"""Makes pictures of printed text and the questions and answers that belong to them."""
