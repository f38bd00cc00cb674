//! Reports over events as scans save them, over the lake and what is beyond it.

mod reports;
mod seam;
mod world;
