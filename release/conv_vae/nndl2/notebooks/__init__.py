"""What serves the notebook: its folder, the saved file it follows, Colab, pages and bars."""
