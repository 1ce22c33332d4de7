"""What a section says of itself: genes that vary in space, types that stand together, and what regions hold."""
