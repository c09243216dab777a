"""What people decide, and what they are shown to decide it: points, waivers, marks, appeals."""
