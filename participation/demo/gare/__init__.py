"""The fictional consultation on the Gare-aux-Érables sector: under way, and once more, finished. All invented."""
