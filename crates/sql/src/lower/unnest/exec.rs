//! The execution of UNNEST, in chunks of the session's batch size however long the lists are.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::make_array;
use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{Stream, StreamExt};

#[derive(Debug)]
pub(super) struct UnnestExec {
    input: Arc<dyn ExecutionPlan>,
    shape: Arc<Shape>,
    properties: Arc<PlanProperties>,
}

/// Where the output comes from, by position in the input.
#[derive(Debug)]
struct Shape {
    passed: Vec<usize>,
    /// List columns, each with how many columns its elements become.
    lists: Vec<(usize, usize)>,
    has_ordinality: bool,
    keep_empty: bool,
    schema: SchemaRef,
}

impl UnnestExec {
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        passed: Vec<usize>,
        lists: Vec<(usize, usize)>,
        has_ordinality: bool,
        keep_empty: bool,
        schema: SchemaRef,
    ) -> Self {
        Self::with_shape(input, Arc::new(Shape { passed, lists, has_ordinality, keep_empty, schema }))
    }

    fn with_shape(input: Arc<dyn ExecutionPlan>, shape: Arc<Shape>) -> Self {
        let partitions = input.properties().partitioning.partition_count();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&shape.schema)),
            Partitioning::UnknownPartitioning(partitions),
            input.properties().emission_type,
            input.properties().boundedness,
        );
        Self { input, shape, properties: Arc::new(properties) }
    }
}

impl DisplayAs for UnnestExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnnestListsExec: lists={}", self.shape.lists.len())
    }
}

impl ExecutionPlan for UnnestExec {
    fn name(&self) -> &str {
        "UnnestListsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) => Ok(Arc::new(Self::with_shape(input, Arc::clone(&self.shape)))),
            None => internal_err!("UNNEST without an input"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows_max = context.session_config().batch_size();
        let input = self.input.execute(partition, context)?;
        Ok(Box::pin(UnnestStream { input, shape: Arc::clone(&self.shape), rows_max, current: None }))
    }
}

struct UnnestStream {
    input: SendableRecordBatchStream,
    shape: Arc<Shape>,
    rows_max: usize,
    current: Option<Expansion>,
}

/// A batch of the input and how far it is expanded.
struct Expansion {
    batch: RecordBatch,
    row: usize,
    element: usize,
}

impl Stream for UnnestStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let this = &mut *self;
            if let Some(current) = &mut this.current {
                match current.next_chunk(&this.shape, this.rows_max) {
                    Ok(Some(chunk)) => return Poll::Ready(Some(Ok(chunk))),
                    Ok(None) => this.current = None,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            match ready!(this.input.poll_next_unpin(cx)) {
                Some(Ok(batch)) => this.current = Some(Expansion { batch, row: 0, element: 0 }),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl RecordBatchStream for UnnestStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.shape.schema)
    }
}

impl Expansion {
    /// The next rows, at most `rows_max`; `None` at the end of the batch.
    fn next_chunk(&mut self, shape: &Shape, rows_max: usize) -> Result<Option<RecordBatch>> {
        let mut lists = Vec::with_capacity(shape.lists.len());
        for (index, width) in &shape.lists {
            match self.batch.column(*index).as_list_opt::<i32>() {
                Some(list) => lists.push((list.clone(), *width)),
                None if self.batch.column(*index).data_type() == &DataType::Null => {
                    // NULL without an element type is an array of nothing.
                    lists.push((ListArray::new_null(null_list_field(), self.batch.num_rows()), *width));
                }
                None => return internal_err!("UNNEST of {}", self.batch.column(*index).data_type()),
            }
        }
        let places = self.next_places(&lists, shape.keep_empty, rows_max);
        if places.is_empty() {
            return Ok(None);
        }
        let rows = UInt32Array::from_iter_values(places.iter().map(|(row, _)| *row as u32));
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(shape.schema.fields().len());
        for index in &shape.passed {
            columns.push(take(self.batch.column(*index), &rows, None)?);
        }
        for (list, width) in &lists {
            push_elements(&mut columns, list, *width, &places)?;
        }
        if shape.has_ordinality {
            let numbers = places.iter().map(|(_, element)| element.map(|element| element as i64 + 1));
            columns.push(Arc::new(Int64Array::from_iter(numbers)));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(places.len()));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&shape.schema), columns, &options)?))
    }

    /// Rows of the batch with the position in their lists; no position where a row without elements is kept.
    fn next_places(
        &mut self,
        lists: &[(ListArray, usize)],
        keep_empty: bool,
        rows_max: usize,
    ) -> Vec<(usize, Option<usize>)> {
        let mut places = Vec::new();
        while self.row < self.batch.num_rows() && places.len() < rows_max {
            let lengths = lists.iter().map(|(list, _)| length(list, self.row));
            let longest = lengths.max().unwrap_or(0);
            if longest == 0 && keep_empty {
                places.push((self.row, None));
            }
            let end = longest.min(self.element + (rows_max - places.len()));
            places.extend((self.element..end).map(|element| (self.row, Some(element))));
            if end < longest {
                self.element = end;
            } else {
                self.row += 1;
                self.element = 0;
            }
        }
        places
    }
}

fn length(list: &ListArray, row: usize) -> usize {
    if list.is_null(row) { 0 } else { list.value_length(row) as usize }
}

fn push_elements(
    columns: &mut Vec<ArrayRef>,
    list: &ListArray,
    width: usize,
    places: &[(usize, Option<usize>)],
) -> Result<()> {
    let offsets = list.value_offsets();
    let positions = places.iter().map(|(row, element)| {
        let element = element.filter(|element| *element < length(list, *row))?;
        u32::try_from(offsets[*row] as usize + element).ok()
    });
    let elements = take(list.values(), &UInt32Array::from_iter(positions), None)?;
    let Some(rows) = elements.as_struct_opt() else {
        columns.extend(std::iter::repeat_n(elements, width));
        return Ok(());
    };
    for column in rows.columns() {
        if *column.data_type() == DataType::Null {
            columns.push(Arc::clone(column));
            continue;
        }
        let nulls = NullBuffer::union(column.nulls(), rows.nulls());
        columns.push(make_array(column.to_data().into_builder().nulls(nulls).build()?));
    }
    Ok(())
}

fn null_list_field() -> arrow::datatypes::FieldRef {
    Arc::new(arrow::datatypes::Field::new("item", DataType::Null, true))
}
