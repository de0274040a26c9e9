//! From text to a `$filter` expression.

use super::expression::{Expr, Literal, Op, Path};
use super::lexer::{Lexeme, LexemeKind, syntax_error, tokens};

/// Reads an expression, whatever its properties and types. The error is OData's sentence.
pub(crate) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    let expression = parser.or()?;
    match parser.peek() {
        LexemeKind::End => Ok(expression),
        _ => Err(parser.syntax_error()),
    }
}

/// Deep enough for any human, shallow enough for any stack.
const MAX_DEPTH: usize = 100;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Lexeme>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("Recursion depth exceeded allowed limit.".to_owned());
        }
        let mut operands = vec![self.and()?];
        while self.take_word("or") {
            operands.push(self.and()?);
        }
        self.depth -= 1;
        Ok(one_or(operands, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut operands = vec![self.relation()?];
        while self.take_word("and") {
            operands.push(self.relation()?);
        }
        Ok(one_or(operands, Expr::And))
    }

    fn relation(&mut self) -> Result<Expr, String> {
        let left = self.unary()?;
        if self.take_word("in") {
            return Ok(Expr::In(Box::new(left), self.list()?));
        }
        const COMPARISONS: [(&str, Op); 6] =
            [("eq", Op::Eq), ("ne", Op::Ne), ("gt", Op::Gt), ("ge", Op::Ge), ("lt", Op::Lt), ("le", Op::Le)];
        for (word, op) in COMPARISONS {
            if self.take_word(word) {
                return Ok(Expr::Compare(op, Box::new(left), Box::new(self.unary()?)));
            }
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        let mut negations = 0_usize;
        while self.take_word("not") {
            negations += 1;
        }
        let mut inner = self.primary()?;
        // `not not x` is `x`, and a long row of them must not become a deep tree.
        let kept = if negations > 2 { 2 - negations % 2 } else { negations };
        for _ in 0..kept {
            inner = Expr::Not(Box::new(inner));
        }
        Ok(inner)
    }

    fn primary(&mut self) -> Result<Expr, String> {
        if self.take(&LexemeKind::Open) {
            let inner = self.or()?;
            self.expect(&LexemeKind::Close)?;
            return Ok(inner);
        }
        if let Some(literal) = self.literal() {
            return Ok(Expr::Literal(literal));
        }
        let name = self.name()?;
        if self.take(&LexemeKind::Open) { self.function(&name) } else { self.path(name) }
    }

    fn path(&mut self, first: String) -> Result<Expr, String> {
        let mut segments = vec![first];
        while self.take(&LexemeKind::Slash) {
            let segment = self.name()?;
            if segment.eq_ignore_ascii_case("$count") {
                return Ok(Expr::Count(Path(segments)));
            }
            let quantifier = match segment.to_ascii_lowercase().as_str() {
                "any" => Some(Op::Any),
                "all" => Some(Op::All),
                _ => None,
            };
            match quantifier {
                Some(op) if self.take(&LexemeKind::Open) => return self.quantified(op, Path(segments)),
                _ => segments.push(segment),
            }
        }
        Ok(Expr::Path(Path(segments)))
    }

    fn quantified(&mut self, op: Op, path: Path) -> Result<Expr, String> {
        if op == Op::Any && self.take(&LexemeKind::Close) {
            return Ok(Expr::Quantified { op, path, body: None });
        }
        let variable = self.name()?;
        self.expect(&LexemeKind::Colon)?;
        let body = self.or()?;
        self.expect(&LexemeKind::Close)?;
        Ok(Expr::Quantified { op, path, body: Some((variable, Box::new(body))) })
    }

    fn function(&mut self, name: &str) -> Result<Expr, String> {
        let op = match name.to_ascii_lowercase().as_str() {
            "startswith" => Op::StartsWith,
            "endswith" => Op::EndsWith,
            "contains" => Op::Contains,
            "tolower" | "toupper" => {
                let inner = Box::new(self.or()?);
                self.expect(&LexemeKind::Close)?;
                return Ok(Expr::Case { upper: name.eq_ignore_ascii_case("toupper"), inner });
            }
            "isof" => return self.is_of(),
            _ => {
                return Err(format!(
                    "An unknown function with name '{name}' was found. This may also be a function import or a key \
                     lookup on a navigation property, which is not allowed."
                ));
            }
        };
        let left = self.or()?;
        self.expect(&LexemeKind::Comma)?;
        let right = self.or()?;
        self.expect(&LexemeKind::Close)?;
        Ok(Expr::Text(op, Box::new(left), Box::new(right)))
    }

    /// `isof('microsoft.graph.x')`, quoted or bare, about the entity itself.
    fn is_of(&mut self) -> Result<Expr, String> {
        let name = match self.peek().clone() {
            LexemeKind::Text(name) | LexemeKind::Name(name) => {
                self.at += 1;
                name
            }
            _ => return Err(self.syntax_error()),
        };
        self.expect(&LexemeKind::Close)?;
        Ok(Expr::IsOf(name.trim_start_matches('#').to_owned()))
    }

    fn list(&mut self) -> Result<Vec<Literal>, String> {
        self.expect(&LexemeKind::Open)?;
        let mut values = Vec::new();
        loop {
            values.push(self.literal().ok_or_else(|| self.syntax_error())?);
            if !self.take(&LexemeKind::Comma) {
                self.expect(&LexemeKind::Close)?;
                return Ok(values);
            }
        }
    }

    fn literal(&mut self) -> Option<Literal> {
        let literal = match self.peek() {
            LexemeKind::Text(text) => Literal::Text(text.clone()),
            LexemeKind::Number(number) => Literal::Number(*number),
            LexemeKind::Guid(guid) => Literal::Guid(guid.clone()),
            LexemeKind::When(when) => Literal::When(*when),
            LexemeKind::Name(name) => match name.to_ascii_lowercase().as_str() {
                "null" => Literal::Null,
                "true" => Literal::Flag(true),
                "false" => Literal::Flag(false),
                _ => return None,
            },
            _ => return None,
        };
        self.at += 1;
        Some(literal)
    }

    fn name(&mut self) -> Result<String, String> {
        match self.peek().clone() {
            LexemeKind::Name(name) => {
                self.at += 1;
                Ok(name)
            }
            LexemeKind::End => {
                Err(format!("Expression expected at position {} in '{}'.", self.end(), self.text))
            }
            _ => Err(self.syntax_error()),
        }
    }

    fn peek(&self) -> &LexemeKind {
        self.tokens.get(self.at).map_or(&LexemeKind::End, |token| &token.kind)
    }

    fn take(&mut self, kind: &LexemeKind) -> bool {
        let found = self.peek() == kind;
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), LexemeKind::Name(name) if name.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, kind: &LexemeKind) -> Result<(), String> {
        if self.take(kind) { Ok(()) } else { Err(self.syntax_error()) }
    }

    fn syntax_error(&self) -> String {
        syntax_error(self.end(), self.text)
    }

    fn end(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |token| token.end)
    }
}

fn one_or(mut operands: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (operands.len(), operands.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            operands.push(last);
            many(operands)
        }
        (_, None) => many(operands),
    }
}
