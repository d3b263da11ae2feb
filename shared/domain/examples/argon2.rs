//! The crate argon2 alone, at the product's cost, for `make hash-speed` to compare functions with: one hash for each line
//! that comes in, and a line for each hash that is done.

#![expect(
    clippy::print_stdout,
    reason = "a program that answers a program by its output"
)]

use std::error::Error;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::ARGON2;

fn main() -> Result<(), Box<dyn Error>> {
    let params = Params::new(ARGON2.memory_kib, ARGON2.passes, ARGON2.lanes, Some(32))?;
    // Touched before the first hash, as the functions' is.
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; 32];
    for line in std::io::stdin().lines() {
        let salt = [7; 16];
        argon2.hash_password_into_with_memory(line?.as_bytes(), &salt, &mut hash, &mut memory)?;
        println!("{hash:02x?}");
    }
    Ok(())
}
