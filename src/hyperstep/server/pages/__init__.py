"""The pages: HTML that is complete when it arrives, made from what `reading` finds."""
