"""What a report is asked, and what answers: our own sentences, searched by likeness, or chosen by a model."""
