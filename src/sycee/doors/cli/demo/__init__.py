"""`./sycee demo`: the main job told step by step, with the money drawn at each."""
