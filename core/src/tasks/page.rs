//! A list of tasks, page by page (contract, section 9).

use futures_core::Stream;
use futures_util::{TryStreamExt, stream};
use serde::Deserialize;

use super::{ListParams, RetrieveStatusResponse, api};
use crate::{client::Client, config::CallOptions, error::Error, operation};

/// One page of tasks, and the way to those after it.
///
/// ```no_run
/// # async fn example(client: lightcone::Client) -> Result<(), lightcone::Error> {
/// use futures_util::TryStreamExt;
/// use lightcone::tasks::{ListParams, TaskStatus};
///
/// let page = client.agent().tasks().list(ListParams::new().status(TaskStatus::Failed)).await?;
/// let mut tasks = std::pin::pin!(page.into_stream());
/// while let Some(task) = tasks.try_next().await? {
///     println!("{:?}: {:?}", task.task_id, task.result);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskPage {
    /// The tasks, the newest first.
    pub data: Vec<RetrieveStatusResponse>,
    /// Whether there are older ones.
    pub has_more: bool,
    client: Client,
    params: ListParams,
    options: CallOptions,
}

/// A page on the wire.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    data: Vec<RetrieveStatusResponse>,
    #[serde(default)]
    has_more: bool,
}

impl TaskPage {
    pub(super) async fn fetch(client: Client, params: ListParams, options: CallOptions) -> Result<Self, Error> {
        let answer = client.call(&operation::LIST, None, Some(api::body(&params, None)?), &options).await?;
        let Wire { data, has_more } = api::read(&operation::LIST, &answer)?;
        Ok(Self { data, has_more, client, params, options })
    }

    /// What to ask for after this page; `None` if it is the last.
    fn next_params(&self) -> Option<ListParams> {
        let last = self.data.last().filter(|_| self.has_more)?.task_id.clone()?;
        // A server that gives the same page again has no other.
        (self.params.after.as_ref() != Some(&last)).then(|| self.params.clone().after(last))
    }

    /// The page after this one; `None` if it is the last.
    ///
    /// # Errors
    /// As [`Tasks::list`](super::Tasks::list).
    pub async fn next_page(&self) -> Result<Option<Self>, Error> {
        match self.next_params() {
            Some(params) => Self::fetch(self.client.clone(), params, self.options.clone()).await.map(Some),
            None => Ok(None),
        }
    }

    /// The tasks of this page and of all after it, each page asked for when it is its turn.
    pub fn into_stream(self) -> impl Stream<Item = Result<RetrieveStatusResponse, Error>> + Send {
        let pages = stream::try_unfold(Next::Here(self), |next| async {
            let page = match next {
                Next::Here(page) => Some(page),
                Next::After(page) => page.next_page().await?,
            };
            let tasks = |page: &Self| stream::iter(page.data.clone().into_iter().map(Ok));
            Ok(page.map(|page| (tasks(&page), Next::After(page))))
        });
        pages.try_flatten()
    }
}

/// The page that comes next.
enum Next {
    Here(TaskPage),
    After(TaskPage),
}
