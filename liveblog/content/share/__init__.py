"""Pictures for sharing: a headline drawn on a card of 1200 by 630 pixels, as social networks show it."""
