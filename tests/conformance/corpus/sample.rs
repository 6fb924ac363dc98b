use std::collections::HashMap;
use std::io::{self, Read};

fn count(text: &str) -> HashMap<&str, usize> {
    let mut found = HashMap::new();
    for word in text.split_whitespace() {
        *found.entry(word).or_insert(0) += 1;
    }
    found
}

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    println!("{:?}", count(&text));
    Ok(())
}
