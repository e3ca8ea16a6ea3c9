/// One event with the members that are set: `event!(Thinking { step: 3 })`.
///
/// Core's event types are open (`#[non_exhaustive]`), so no literal of them can be
/// written here.
macro_rules! event {
    ($name:ident { $( $field:ident: $value:expr ),* $(,)? }) => {{
        let mut event = $name::default();
        $( event.$field = Some($value.into()); )*
        lightcone::tasks::Event::from(event)
    }};
}

pub(crate) use event;
