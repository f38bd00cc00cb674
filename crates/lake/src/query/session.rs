//! What a question can name, and the plan it becomes.

use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{ScalarValue, TableReference};
use datafusion::config::Dialect;
use datafusion::datasource::{MemTable, ViewTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{FunctionRegistry as _, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, col, ident, lit};
use datafusion::prelude::{DataFrame, SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use tallymark_base::TypedId as _;
use tallymark_base::event::{EventType, Personal};

use super::growth::Growth;
use super::mask::Mask;
use super::yielding::Yielding;
use super::{Limits, QueryError, Question};
use crate::columns::{TENANT, columns, table_schema};
use crate::table::Table;
use crate::tail::{Part, Seam};
use crate::{Error, Lake};

/// Functions whose answer can be as large as one wishes, out of sight of the memory limit.
const UNBOUNDED: [&str; 12] = [
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "list_repeat",
    "array_resize",
    "list_resize",
    "range",
    "generate_series",
    "gen_series",
    "array_generate_series",
    "space",
];

/// The part of a question's memory that all values may take together which aggregates put into one, as into a list.
const GATHERED: usize = 4;

/// The checked plan of a question, ready to run.
pub(super) async fn plan(
    lake: &Lake,
    question: &Question,
    seam: Option<&Seam>,
    pool: Arc<dyn MemoryPool>,
) -> Result<DataFrame, Error> {
    let limits = question.limits;
    let context = context(lake, pool, limits)?;
    let wrong = |error| Error::from(QueryError::of(error, limits));
    let statement = context.state().sql_to_statement(&question.sql, &Dialect::PostgreSQL).map_err(wrong)?;
    refuse_other_than_read(&statement)?;
    let mask = question.is_masked.then(|| Mask::function(lake.fresh_key()));
    for name in context.state().resolve_table_references(&statement).map_err(wrong)? {
        if let Some(event_type) = lake.registry().by_table(name.table()).filter(|_| is_plain(&name)) {
            let part =
                seam.and_then(|seam| seam.parts.iter().find(|part| part.event_type.table() == event_type.table()));
            let view = match part {
                Some(part) => current_view(&context, part, question).await?,
                None => view(lake, &context, event_type, question, mask.as_ref()).await?,
            };
            context.register_table(name, Arc::new(view)).map_err(wrong)?;
        }
    }
    let plan = context.state().statement_to_plan(statement).await.map_err(wrong)?;
    let only_read = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    only_read.verify_plan(&plan).map_err(|error| QueryError::NotRead(error.strip_backtrace()))?;
    refuse_analyze(&plan)?;
    Ok(DataFrame::new(context.state(), plan))
}

/// The event types that a question names, each once.
pub(super) fn named(lake: &Lake, question: &Question, pool: Arc<dyn MemoryPool>) -> Result<Vec<EventType>, Error> {
    let context = context(lake, pool, question.limits)?;
    let wrong = |error| Error::from(QueryError::of(error, question.limits));
    let statement = context.state().sql_to_statement(&question.sql, &Dialect::PostgreSQL).map_err(wrong)?;
    let names = context.state().resolve_table_references(&statement).map_err(wrong)?;
    let mut types: Vec<EventType> = names
        .iter()
        .filter(|name| is_plain(name))
        .filter_map(|name| lake.registry().by_table(name.table()))
        .copied()
        .collect();
    types.sort_by_key(EventType::table);
    types.dedup_by_key(|event_type| event_type.table());
    Ok(types)
}

/// A name without schema: the tables of the lake have none.
fn is_plain(name: &TableReference) -> bool {
    name.schema().is_none() && name.catalog().is_none()
}

fn context(lake: &Lake, pool: Arc<dyn MemoryPool>, limits: Limits) -> Result<SessionContext, Error> {
    let wrong = |error| Error::from(QueryError::of(error, limits));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(pool)
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()
        .map_err(wrong)?;
    let config = SessionConfig::new()
        .with_target_partitions(lake.threads())
        // A physical plan would show where the lake's files lie.
        .set_bool("datafusion.explain.logical_plan_only", true)
        .set_bool("datafusion.execution.parquet.pushdown_filters", true);
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(Yielding))
        .build();
    let context = SessionContext::new_with_state(state);
    let state = context.state_ref();
    let mut state = state.write();
    for name in UNBOUNDED {
        state.deregister_udf(name).map_err(wrong)?;
    }
    state.register_function_rewrite(Growth::rule(limits.memory_bytes / GATHERED)).map_err(wrong)?;
    drop(state);
    Ok(context)
}

/// Only a query, or EXPLAIN of one.
fn refuse_other_than_read(statement: &Statement) -> Result<(), QueryError> {
    match statement {
        Statement::Statement(inner) => match inner.as_ref() {
            SqlStatement::Query(_) => Ok(()),
            SqlStatement::Explain { statement, .. } if matches!(statement.as_ref(), SqlStatement::Query(_)) => Ok(()),
            other => Err(QueryError::NotRead(format!("{} is not allowed", first_word(&other.to_string())))),
        },
        Statement::Explain(explained) => refuse_other_than_read(&explained.statement),
        other => Err(QueryError::NotRead(format!("{} is not allowed", first_word(&other.to_string())))),
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// `EXPLAIN ANALYZE` tells where the files lie.
fn refuse_analyze(plan: &LogicalPlan) -> Result<(), QueryError> {
    let mut found = false;
    let looked = plan.apply(|node| {
        found |= matches!(node, LogicalPlan::Analyze(_));
        Ok(TreeNodeRecursion::Continue)
    });
    if looked.is_err() || found {
        return Err(QueryError::NotRead("EXPLAIN ANALYZE is not allowed".to_owned()));
    }
    Ok(())
}

/// The tenant's rows of an event type's table, without the tenant; no rows where the table was never written.
async fn view(
    lake: &Lake,
    context: &SessionContext,
    event_type: &EventType,
    question: &Question,
    mask: Option<&Arc<datafusion::logical_expr::ScalarUDF>>,
) -> Result<ViewTable, Error> {
    let wrong = |error| Error::from(QueryError::of(error, question.limits));
    let name = event_type.table();
    let provider: Arc<dyn TableProvider> = match Table::find(lake.storage(), &name).await? {
        Some(table) => {
            let state = context.state();
            table.delta.update_datafusion_session(&state)?;
            table.delta.table_provider().with_session(Arc::new(state)).await.map_err(wrong)?
        }
        None => Arc::new(MemTable::try_new(table_schema(event_type), vec![vec![]]).map_err(wrong)?),
    };
    let has = |column: &str| provider.schema().field_with_name(column).is_ok();
    let shown: Vec<Expr> = columns(event_type)
        .iter()
        .filter(|column| column.name != TENANT && has(column.name))
        .map(|column| match mask {
            Some(mask) if is_personal(event_type, column.name) => Mask::of(mask, ident(column.name), column.name),
            _ => ident(column.name),
        })
        .collect();
    let plan = LogicalPlanBuilder::scan(name.as_str(), provider_as_source(provider.clone()), None)
        .and_then(|scan| scan.filter(col(TENANT).eq(lit(question.tenant.raw()))))
        .and_then(|rows| rows.project(shown))
        .and_then(LogicalPlanBuilder::build)
        .map_err(wrong)?;
    Ok(ViewTable::new(plan, None))
}

/// The tenant's rows of an event type, in the lake and beyond it, with every column that a reader outside sees.
async fn current_view(context: &SessionContext, part: &Part, question: &Question) -> Result<ViewTable, Error> {
    let wrong = |error| Error::from(QueryError::of(error, question.limits));
    let (name, schema) = (part.event_type.table(), table_schema(&part.event_type));
    let tail = MemTable::try_new(schema.clone(), vec![part.tail.clone()]).map_err(wrong)?;
    let tail = LogicalPlanBuilder::scan(format!("{name}_tail"), provider_as_source(Arc::new(tail)), None);
    let Some(table) = &part.table else {
        let plan = tail.and_then(LogicalPlanBuilder::build).map_err(wrong)?;
        return Ok(ViewTable::new(plan, None));
    };
    let state = context.state();
    table.delta.update_datafusion_session(&state)?;
    let provider: Arc<dyn TableProvider> =
        table.delta.table_provider().with_session(Arc::new(state)).await.map_err(wrong)?;
    // A column that no program has added to the table yet is null there.
    let stored = provider.schema();
    let type_of =
        |column: &Field| stored.field_with_name(column.name()).map_or(column.data_type(), Field::data_type).clone();
    let in_lake = schema.fields().iter().map(|column| match stored.field_with_name(column.name()) {
        Ok(_) => Ok(ident(column.name())),
        Err(_) => Ok(lit(ScalarValue::try_from(column.data_type())?).alias(column.name())),
    });
    let in_lake: Vec<Expr> = in_lake.collect::<Result<_, DataFusionError>>().map_err(wrong)?;
    let beyond: Vec<Expr> =
        schema.fields().iter().map(|column| cast(ident(column.name()), type_of(column)).alias(column.name())).collect();
    let lake = LogicalPlanBuilder::scan(name.as_str(), provider_as_source(provider.clone()), None)
        .and_then(|scan| scan.filter(col(TENANT).eq(lit(question.tenant.raw()))))
        .and_then(|rows| rows.project(in_lake));
    let plan = match part.tail.is_empty() {
        true => lake.and_then(LogicalPlanBuilder::build),
        false => {
            let beyond =
                tail.and_then(|rows| rows.project(beyond)).and_then(LogicalPlanBuilder::build).map_err(wrong)?;
            lake.and_then(|rows| rows.union(beyond)).and_then(LogicalPlanBuilder::build)
        }
    };
    Ok(ViewTable::new(plan.map_err(wrong)?, None))
}

fn is_personal(event_type: &EventType, column: &str) -> bool {
    event_type.fields.iter().any(|field| field.name == column && field.personal != Personal::None)
}
