//! JSON member by member, into whatever takes it: no tree of the document is built.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::format::json::Text;

/// Takes an object, member by member.
pub(super) trait Object<'s> {
    /// What it is, for errors.
    const WHAT: &'static str;
    /// An object starts.
    fn begin(&mut self) {}
    /// A member; its value must be taken from `map`.
    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error>;
    /// The object is over.
    fn end(&mut self) {}
    /// The text breaks off, or is no JSON, inside of the object: it has no end.
    fn broken(&mut self) {}
}

/// An object, an array of such objects, or null. Arrays may be nested; serde_json limits how deep.
pub(super) struct In<'o, O>(pub &'o mut O);

impl<'s, O: Object<'s>> DeserializeSeed<'s> for In<'_, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'s>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'s, O: Object<'s>> Visitor<'s> for In<'_, O> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(O::WHAT)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'s>>(self, mut seq: S) -> Result<(), S::Error> {
        while seq.next_element_seed(In(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'s>>(self, mut map: M) -> Result<(), M::Error> {
        self.0.begin();
        let read = members(self.0, &mut map);
        match read {
            Ok(()) => self.0.end(),
            Err(_) => self.0.broken(),
        }
        read
    }
}

fn members<'s, O: Object<'s>, M: MapAccess<'s>>(object: &mut O, map: &mut M) -> Result<(), M::Error> {
    while let Some(Text(name)) = map.next_key()? {
        object.member(&name, map)?;
    }
    Ok(())
}

/// Passes a value over.
pub(super) fn skip<'s, M: MapAccess<'s>>(map: &mut M) -> Result<(), M::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// A text; empty where it is none.
pub(super) fn text<'s, M: MapAccess<'s>>(map: &mut M) -> Result<Cow<'s, str>, M::Error> {
    Ok(map.next_value::<Scalar<'s>>()?.text().unwrap_or_default())
}

/// Microseconds as nanoseconds.
pub(super) fn micros<'s, M: MapAccess<'s>>(map: &mut M) -> Result<Option<u64>, M::Error> {
    Ok(map.next_value::<Scalar<'s>>()?.number().and_then(|micros| micros.checked_mul(1000)))
}

/// A value that should be a string, a number or a truth value; anything else is taken for none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Scalar<'s> {
    #[default]
    None,
    Text(Cow<'s, str>),
    Number(u64),
    Bool(bool),
}

impl<'s> Scalar<'s> {
    /// As text.
    pub(super) fn text(self) -> Option<Cow<'s, str>> {
        match self {
            Self::None => None,
            Self::Text(text) => Some(text),
            Self::Number(number) => Some(number.to_string().into()),
            Self::Bool(truth) => Some(truth.to_string().into()),
        }
    }

    /// As a count: a number, or a string of digits.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::None | Self::Bool(_) => None,
        }
    }

    /// As a truth value, or the word for it.
    pub(super) fn truth(&self) -> bool {
        matches!(self, Self::Bool(true)) || matches!(self, Self::Text(text) if text == "true")
    }
}

impl<'s> Deserialize<'s> for Scalar<'s> {
    fn deserialize<D: Deserializer<'s>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value<'s>(PhantomData<&'s ()>);

        impl<'s> Visitor<'s> for Value<'s> {
            type Value = Scalar<'s>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'s str) -> Result<Scalar<'s>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar<'s>, E> {
                Ok(Scalar::Text(Cow::Owned(text.into())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar<'s>, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar<'s>, E> {
                Ok(Scalar::Text(Cow::Owned(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar<'s>, E> {
                Ok(match number >= 0.0 && number.fract() == 0.0 && number < 9e15 {
                    true => Scalar::Number(number as u64),
                    false => Scalar::Text(Cow::Owned(number.to_string())),
                })
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Scalar<'s>, E> {
                Ok(Scalar::Bool(truth))
            }

            fn visit_unit<E>(self) -> Result<Scalar<'s>, E> {
                Ok(Scalar::None)
            }

            fn visit_seq<S: SeqAccess<'s>>(self, mut seq: S) -> Result<Scalar<'s>, S::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::None)
            }

            fn visit_map<M: MapAccess<'s>>(self, mut map: M) -> Result<Scalar<'s>, M::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::None)
            }
        }

        deserializer.deserialize_any(Value(PhantomData))
    }
}
