"""What a submission was asked and found to do, kept until what a check reaches has changed."""
