"""What a student should know of a file beside its points: codes that may cross to the grader."""

COLAB, SETTINGS = "colab", "settings"
NOTES = {
    COLAB: "google.colab is not here, so drive.mount and the like did nothing",
    SETTINGS: "the file changes torch's settings for all (default device, type or gradients) while"
    " it is loaded; they were put back before the checks",
}
