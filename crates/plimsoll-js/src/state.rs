//! What the host keeps beside the engine.

use crate::host::HostState;
use crate::memory::Memory;

/// Everything a native can reach through [`Ctx::user`](crate::raw::Ctx::user).
pub(crate) struct State {
    pub(crate) memory: Memory,
    pub(crate) host: HostState,
}
