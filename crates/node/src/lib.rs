//! A till as a whole: its folder, keys, book, desk and sync, from first run on.
//!
//! The window and a headless till are both thin covers over [`TillNode`]. It answers before there is a book (first run),
//! while the chain's book is being fetched, and from then on through the desk. It promises that a power cut at any
//! moment of first run leaves a folder that can be started again.

mod around;
mod folder;
mod setup;
mod till;

pub use till::TillNode;
