"""Reading the sources (README.md, "Sources and licences") into pretraining text and structured facts."""
