//! The section `snapshot`: counts, and what the fields are.

use crate::error::{ErrorKind, SnapshotError};
use crate::heap::{EdgeKind, NodeKind};
use serde_json::Value;

/// Fields that a row may have at most.
pub(super) const MAX_WIDTH: usize = 32;

/// What the file says about itself.
pub(super) struct Header {
    pub(super) node_count: u64,
    pub(super) edge_count: u64,
    pub(super) node_width: usize,
    pub(super) edge_width: usize,
    pub(super) location_width: usize,
    pub(super) nodes: NodeFields,
    pub(super) edges: EdgeFields,
    pub(super) locations: Option<LocationFields>,
    /// If V8 noted stacks.
    pub(super) traces: Option<TraceFields>,
    /// From the file's number of a type to ours.
    pub(super) node_kinds: Vec<u8>,
    pub(super) edge_kinds: Vec<u8>,
    pub(super) new_kinds: Vec<String>,
    pub(super) extra_native_bytes: u64,
}

/// Where in a row each field stands.
#[derive(Clone, Copy)]
pub(super) struct NodeFields {
    pub(super) kind: usize,
    pub(super) name: usize,
    pub(super) id: usize,
    pub(super) self_size: usize,
    pub(super) edge_count: usize,
    pub(super) detachedness: Option<usize>,
}

#[derive(Clone, Copy)]
pub(super) struct EdgeFields {
    pub(super) kind: usize,
    pub(super) name: usize,
    pub(super) target: usize,
}

#[derive(Clone, Copy)]
pub(super) struct LocationFields {
    pub(super) node: usize,
    pub(super) script: usize,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Where the parts of an allocation trace stand.
#[derive(Clone, Copy)]
pub(super) struct TraceFields {
    /// A node's trace, among the node's fields.
    pub(super) of_node: usize,
    pub(super) function_width: usize,
    pub(super) name: usize,
    pub(super) script: usize,
    pub(super) line: usize,
    pub(super) column: usize,
    /// The fields of a place in the tree before the last one, its children.
    pub(super) place_width: usize,
    pub(super) id: usize,
    pub(super) function: usize,
}

/// Whether edges of that kind are called by a string.
#[inline]
pub(super) fn named(kind: u8) -> bool {
    kind != EdgeKind::Element as u8 && kind != EdgeKind::Hidden as u8
}

impl Header {
    pub(super) fn read(json: &[u8], at: u64) -> Result<Self, SnapshotError> {
        Header::parse(json).map_err(|(kind, what)| SnapshotError::new(kind, at, what))
    }

    fn parse(json: &[u8]) -> Result<Self, (ErrorKind, String)> {
        let value: Value = serde_json::from_slice(json)
            .map_err(|error| (ErrorKind::Damaged, format!("the section \"snapshot\" is not JSON: {error}")))?;
        let meta = &value["meta"];
        if !meta.is_object() {
            return Err((ErrorKind::NotASnapshot, "it does not say what its fields are".into()));
        }
        let (node_fields, edge_fields) = (names(meta, "node_fields")?, names(meta, "edge_fields")?);
        let node = |name| field(&node_fields, name, "node");
        let edge = |name| field(&edge_fields, name, "edge");
        let nodes = NodeFields {
            kind: node("type")?,
            name: node("name")?,
            id: node("id")?,
            self_size: node("self_size")?,
            edge_count: node("edge_count")?,
            detachedness: node_fields.iter().position(|name| *name == "detachedness"),
        };
        let edges = EdgeFields { kind: edge("type")?, name: edge("name_or_index")?, target: edge("to_node")? };
        let location_fields = if meta["location_fields"].is_array() { names(meta, "location_fields")? } else { vec![] };
        let location = |name| location_fields.iter().position(|field| *field == name);
        let locations = (|| {
            let (node, script) = (location("object_index")?, location("script_id")?);
            Some(LocationFields { node, script, line: location("line")?, column: location("column")? })
        })();

        let traced = value["trace_function_count"].as_u64().is_some_and(|count| count > 0);
        let traces = if traced { traces(meta, &node_fields)? } else { None };

        let mut new_kinds = Vec::new();
        let node_kinds = types(meta, "node_types", nodes.kind)?
            .iter()
            .map(|name| node_kind(name, &mut new_kinds))
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| (ErrorKind::Unsupported, "there are too many new types of nodes".into()))?;
        let edge_kinds = types(meta, "edge_types", edges.kind)?
            .iter()
            .map(|name| {
                EdgeKind::NAMES.iter().position(|known| known == name).unwrap_or(EdgeKind::Other as usize) as u8
            })
            .collect();

        let count = |name: &str| {
            let count = value[name].as_u64();
            count.ok_or_else(|| (ErrorKind::Damaged, format!("the header has no {name}")))
        };
        let (node_count, edge_count) = (count("node_count")?, count("edge_count")?);
        if node_count >= u64::from(u32::MAX) || edge_count >= u64::from(u32::MAX) {
            let what = format!("{node_count} nodes and {edge_count} edges; at most 4,294,967,294 are possible");
            return Err((ErrorKind::Unsupported, what));
        }
        if node_count == 0 {
            return Err((ErrorKind::Damaged, "the header says that there are no nodes".into()));
        }
        if value["root_index"].as_u64().is_some_and(|root| root != 0) {
            return Err((ErrorKind::Unsupported, "the root is not the first node".into()));
        }
        Ok(Header {
            node_count,
            edge_count,
            node_width: node_fields.len(),
            edge_width: edge_fields.len(),
            location_width: location_fields.len(),
            nodes,
            edges,
            locations,
            traces,
            node_kinds,
            edge_kinds,
            new_kinds,
            extra_native_bytes: value["extra_native_bytes"].as_u64().unwrap_or(0),
        })
    }
}

/// `None` if the fields are not those that are known.
fn traces(meta: &Value, node_fields: &[&str]) -> Result<Option<TraceFields>, (ErrorKind, String)> {
    let (functions, tree) = ("trace_function_info_fields", "trace_node_fields");
    if !meta[functions].is_array() || !meta[tree].is_array() {
        return Ok(None);
    }
    let (functions, tree) = (names(meta, functions)?, names(meta, tree)?);
    let at = |fields: &[&str], name: &str| fields.iter().position(|field| *field == name);
    Ok((|| {
        // The tree is read in one pass: a place has to be known before its children.
        let place_width = at(&tree, "children").filter(|&children| children + 1 == tree.len())?;
        Some(TraceFields {
            of_node: at(node_fields, "trace_node_id")?,
            function_width: functions.len(),
            name: at(&functions, "name")?,
            script: at(&functions, "script_name")?,
            line: at(&functions, "line")?,
            column: at(&functions, "column")?,
            place_width,
            id: at(&tree, "id")?,
            function: at(&tree, "function_info_index")?,
        })
    })())
}

/// An array of names.
fn names<'v>(meta: &'v Value, name: &str) -> Result<Vec<&'v str>, (ErrorKind, String)> {
    let names: Option<Vec<&str>> =
        meta[name].as_array().and_then(|array| array.iter().map(Value::as_str).collect::<Option<_>>());
    match names {
        Some(names) if names.len() <= MAX_WIDTH => Ok(names),
        _ => Err((ErrorKind::Damaged, format!("\"{name}\" is not an array of at most {MAX_WIDTH} names"))),
    }
}

fn field(fields: &[&str], name: &str, of: &str) -> Result<usize, (ErrorKind, String)> {
    let missing = || (ErrorKind::Unsupported, format!("there is no {of} field {name:?}"));
    fields.iter().position(|field| *field == name).ok_or_else(missing)
}

/// The types are listed in place of the type of the field that has them.
fn types<'v>(meta: &'v Value, name: &str, field: usize) -> Result<Vec<&'v str>, (ErrorKind, String)> {
    let types: Option<Vec<&str>> =
        meta[name][field].as_array().and_then(|array| array.iter().map(Value::as_str).collect::<Option<_>>());
    types.ok_or_else(|| (ErrorKind::Damaged, format!("\"{name}\" does not list the types")))
}

fn node_kind(name: &str, new_kinds: &mut Vec<String>) -> Option<u8> {
    if let Some(known) = NodeKind::NAMES.iter().position(|known| known.0 == name) {
        return Some(known as u8);
    }
    new_kinds.push(name.to_owned());
    let kind = NodeKind::NAMES.len() + new_kinds.len() - 1;
    (kind < 64).then_some(kind as u8)
}
