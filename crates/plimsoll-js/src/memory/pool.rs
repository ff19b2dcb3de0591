//! Small Buffers: Node's pool, with one `ArrayBuffer` a slab.

use crate::raw::{BufferShape, Ctx, Thrown, Val};

use super::{DEFAULT_POOL_SIZE, allocation_failed, current_site, memory, new_buffer_at, press, slots};

/// `Buffer.poolSize`, read live.
fn pool_size(ctx: &mut Ctx) -> Result<f64, Thrown> {
    let slots = slots(ctx)?;
    let class = ctx.slot(slots.buffer_class);
    if !class.as_ref().is_object() {
        return Ok(DEFAULT_POOL_SIZE as f64);
    }
    let size = ctx.get_by(class.as_ref(), slots.pool_size)?;
    ctx.to_number(size.as_ref())
}

/// Whether Node would take a Buffer of this length from the pool: `0 < len < Buffer.poolSize >>> 1`.
pub(crate) fn is_pooled_size(ctx: &mut Ctx, len: usize) -> Result<bool, Thrown> {
    if len == 0 {
        return Ok(false);
    }
    Ok((len as u64) < u64::from(to_u32(pool_size(ctx)?) >> 1))
}

/// JavaScript's `ToUint32`.
fn to_u32(number: f64) -> u32 {
    if !number.is_finite() {
        return 0;
    }
    let wrapped = number.trunc().rem_euclid(4_294_967_296.0);
    wrapped as u32
}

/// The slab that the next `len` bytes come from, and where in it they begin. They are handed out by [`pool_advance`]: use
/// `new_buffer` on them in between.
pub(crate) fn pool_reserve(ctx: &mut Ctx, len: usize) -> Result<(Val, usize), Thrown> {
    let wanted = pool_size(ctx)?;
    let site = current_site(ctx)?;
    let slot = slots(ctx)?.slab;
    let room = memory(ctx)?.pool.borrow().room();
    if room < len {
        // A pool size that makes no sense still has to hold this one.
        let size =
            if wanted.is_finite() && wanted >= len as f64 { wanted as usize } else { len.max(DEFAULT_POOL_SIZE) };
        press(ctx, size)?;
        memory(ctx)?.pool.borrow_mut().set_slab_size(size);
    }
    let taken = memory(ctx)?.pool.borrow_mut().reserve_at(len, site);
    let (store, offset) = taken.map_err(|_| allocation_failed())?;
    if memory(ctx)?.slab.get() != store.id() || ctx.slot(slot).as_ref().is_undefined() {
        let (id, len) = (store.id(), store.capacity());
        let array_buffer = ctx.array_buffer(store, BufferShape { len, max_len: None, shared: false }, site)?;
        ctx.refill(slot, array_buffer)?;
        memory(ctx)?.slab.set(id);
    }
    Ok((ctx.slot(slot), offset))
}

/// Hands out the next `used` bytes of the slab, rounded up to 8.
pub(crate) fn pool_advance(ctx: &Ctx, used: usize) -> Result<(), Thrown> {
    memory(ctx)?.pool.borrow_mut().advance(used);
    Ok(())
}

/// A pooled Buffer of `len` bytes, which may show what earlier Buffers left there. The caller has asked [`is_pooled_size`].
pub(crate) fn pool_take(ctx: &mut Ctx, len: usize) -> Result<Val, Thrown> {
    let (array_buffer, offset) = pool_reserve(ctx, len)?;
    let site = current_site(ctx)?;
    let view = new_buffer_at(ctx, array_buffer.as_ref(), offset, len, site)?;
    pool_advance(ctx, len)?;
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::to_u32;

    #[test]
    fn numbers_wrap_as_in_javascript() {
        assert_eq!(to_u32(-1.0), u32::MAX);
        assert_eq!(to_u32(4_294_967_297.5), 1);
        assert_eq!(to_u32(f64::NAN), 0);
        assert_eq!(to_u32(f64::INFINITY), 0);
    }
}
