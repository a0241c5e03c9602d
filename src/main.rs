//! The page: mounts the user interface and nothing else.

fn main() {}
