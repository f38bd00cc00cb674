//! The macro that declares event types.

/// Declares the event types of a crate: their structs, their [`Event`](super::Event) implementations, and `EVENTS`, the
/// list of all of them. One call a crate, in its `events.rs`; the example is in [`event`](crate::event).
///
/// After a field's type, in brackets: `[pseudonym]` where it stands for a person, `[fen]` or `[points]` where a whole
/// number is value, `[unit "items"]` for any other unit.
#[macro_export]
macro_rules! event {
    ($(
        $(#[doc = $description:literal])+
        pub struct $name:ident = $dotted:literal, version $version:literal, owner $owner:literal {$(
            $(#[doc = $meaning:literal])+
            $field:ident: $value:ty $([$mark:ident $($argument:literal)?])*
        ),+ $(,)?}
    )+) => {
        $(
            $(#[doc = $description])+
            #[derive(Debug, ::serde::Serialize)]
            pub struct $name {$(
                $(#[doc = $meaning])+
                pub $field: $value,
            )+}

            impl $crate::event::Event for $name {
                const TYPE: $crate::event::EventType = $crate::event::EventType {
                    name: $dotted,
                    version: $version,
                    owner: $owner,
                    description: $crate::event::sentence(concat!($($description),+)),
                    fields: &[$(
                        $crate::event::Field::of::<$value>(
                            stringify!($field),
                            $crate::event::sentence(concat!($($meaning),+)),
                        )$(.$mark($($argument)?))*
                    ),+],
                };
            }
        )+

        /// Every event type that this crate emits.
        pub const EVENTS: &[$crate::event::EventType] = &[$(<$name as $crate::event::Event>::TYPE),+];
    };
}

/// The text of a documentation comment: without the blank that follows `///`.
pub const fn sentence(doc: &'static str) -> &'static str {
    doc.trim_ascii()
}
