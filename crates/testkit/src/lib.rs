#![doc = include_str!("../README.md")]

pub mod db;
pub mod power;
pub mod proxy;
