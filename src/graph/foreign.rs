//! Text from outside, before it reaches a message or a log: short, in one line, with nothing that a terminal would obey.

/// The text with its beginning alone if it is long, and with control characters and marks that turn its direction spelled
/// out.
pub(crate) fn tame(text: &str) -> String {
    let mut tamed = String::new();
    for c in text.chars().take(LONGEST) {
        match c {
            '\n' | '\r' | '\t' => tamed.push(' '),
            c if c.is_control() || is_invisible(c) => tamed.extend(c.escape_unicode()),
            c => tamed.push(c),
        }
    }
    match text.chars().skip(LONGEST).count() {
        0 => tamed,
        more => format!("{tamed} ({more} more characters left out)"),
    }
}

/// The text without a secret that somebody echoed.
pub(crate) fn without(text: &str, secret: &str) -> String {
    if secret.len() < SHORTEST_SECRET { text.to_owned() } else { text.replace(secret, "(a secret left out)") }
}

/// Marks of direction, joiners, and what else takes no room.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

const LONGEST: usize = 1_000;
/// Shorter ones, which only tests have, would take words out.
const SHORTEST_SECRET: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        assert_eq!(tame("a\u{1b}[31mb\u{202e}c\r\nd"), "a\\u{1b}[31mb\\u{202e}c  d");
        assert_eq!(tame("Größe – 日本"), "Größe – 日本");
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let tamed = tame(&"x".repeat(5_000_000));
        assert!(
            tamed.ends_with("(4999000 more characters left out)") && tamed.len() < 1_100,
            "{}",
            tamed.len()
        );
    }

    #[test]
    fn an_echoed_secret_is_left_out() {
        assert_eq!(without("Bearer abcdefgh.x is bad", "abcdefgh.x"), "Bearer (a secret left out) is bad");
        assert_eq!(without("a t-1 b", "t-1"), "a t-1 b");
    }
}
