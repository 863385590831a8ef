"""The register of questions and answers: who must answer, by when, what was answered, who asked the same."""
