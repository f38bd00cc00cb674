#![doc = include_str!("../README.md")]

pub mod db;
pub mod oidc;
pub mod power;
pub mod proxy;
