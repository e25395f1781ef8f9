//! Writes the TypeScript wire types into the folder named: `cargo run -p hefu-desk --example wire -- ui/src/lib/wire`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder to write into")?;
    hefu_desk::typescript::write_types(std::path::Path::new(&folder))?;
    Ok(())
}
