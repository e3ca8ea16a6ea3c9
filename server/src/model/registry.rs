//! Which models a server has, by name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::scripted::Scripts;
use super::{Brief, Model};

/// Every name of the hosted service begins like this; here they mean the default model.
pub(super) const HOSTED: &str = "tzafon.";

type Factory = Arc<dyn Fn(Brief) -> Box<dyn Model> + Send + Sync>;

/// The models a server knows and the one it takes when none is asked for.
#[derive(Clone)]
pub struct Models {
    default: Factory,
    by_name: BTreeMap<String, Factory>,
}

impl Models {
    /// With one model, which is the default.
    pub fn new<M: Model + 'static>(name: &str, make: impl Fn(Brief) -> M + Send + Sync + 'static) -> Self {
        let default: Factory = Arc::new(move |brief| Box::new(make(brief)));
        Self { by_name: BTreeMap::from([(name.to_owned(), Arc::clone(&default))]), default }
    }

    /// With one more, which takes the place of one of the same name.
    #[must_use]
    pub fn with<M: Model + 'static>(mut self, name: &str, make: impl Fn(Brief) -> M + Send + Sync + 'static) -> Self {
        self.by_name.insert(name.to_owned(), Arc::new(move |brief| Box::new(make(brief))));
        self
    }

    /// With `scripted`, playing these scripts.
    #[must_use]
    pub fn with_scripts(self, scripts: Scripts) -> Self {
        self.with(super::scripted::NAME, move |brief| scripts.model(&brief))
    }

    /// With `scripted`, playing these scripts, which is also the default while there are any.
    #[must_use]
    pub fn preferring(self, scripts: Scripts) -> Self {
        let (otherwise, played) = (Arc::clone(&self.default), scripts.clone());
        let default: Factory = Arc::new(move |brief| if played.is_empty() { otherwise(brief) } else { Box::new(played.model(&brief)) });
        Self { default, ..self.with_scripts(scripts) }
    }

    /// With one more, which is the default.
    pub(super) fn with_default_of<M: Model + 'static>(mut self, name: &str, make: impl Fn(Brief) -> M + Send + Sync + 'static) -> Self {
        let Self { default, by_name } = Self::new(name, make);
        self.by_name.extend(by_name);
        Self { default, ..self }
    }

    /// With the one of this name as the default; `None` when there is none of this name.
    pub(super) fn with_default(mut self, name: &str) -> Option<Self> {
        self.default = Arc::clone(self.by_name.get(name)?);
        Some(self)
    }

    /// A model for one task: the default for no name and for names of the hosted
    /// service; `None` for a name that is not known.
    pub(crate) fn make(&self, name: Option<&str>, brief: Brief) -> Option<Box<dyn Model>> {
        let factory = match name {
            None => &self.default,
            Some(name) => match self.by_name.get(name) {
                Some(factory) => factory,
                None if name.starts_with(HOSTED) => &self.default,
                None => return None,
            },
        };
        Some(factory(brief))
    }

    /// The names there are.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }
}

impl fmt::Debug for Models {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Models").field(&self.names()).finish()
    }
}
