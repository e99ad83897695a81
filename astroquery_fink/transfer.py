# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder of Fink's Data Transfer service -> the columns asked for, by their names in the REST service.

The files hold alerts as Fink's Data Lake keeps them, in structs, or the single fields that the user chose,
flat; files that this package wrote have the names of the REST service already. Files of one folder may
disagree in columns and types: each is read by its own schema, and the values are brought together after.
"""

from functools import cached_property
from pathlib import Path

from .exceptions import FinkQueryError
from .wire import Columns, has_parquet

__all__ = ["Transfer"]

_MASK = ".mask"  # how astropy names the column that says where another has no value


class Transfer:
    """The Parquet files of a transfer. Opening it reads what stands at the end of each file, and no alert.

    Parameters
    ----------
    path : str or path-like
        A folder, at whatever depth the files are, or one file.
    survey : `~astroquery_fink.surveys.Survey`

    Raises
    ------
    FinkQueryError
        There is no such folder, no Parquet in it, a broken file, or no pyarrow.
    """

    def __init__(self, path, survey):
        self.path = Path(path)
        self._survey = survey
        families = survey.columns.items()
        self._full = {name.partition(":")[2]: name for name, facts in families if facts.full}
        self._known_schemas = {}
        self._sources = [(fragment, self._columns_of(fragment)) for fragment in _fragments(self.path)]
        if not self.names & set(self._full.values()):
            raise FinkQueryError(
                f"path={str(path)!r} holds Parquet, but no column of an alert of Fink/{survey.title}."
            )

    @cached_property
    def names(self):
        """dict_keys : The columns that some file has, in the order of tables."""
        found = dict.fromkeys(name for _, sources in self._sources for name in sources)
        known = [name for name in self._survey.columns if name in found]
        return dict.fromkeys([*known, *found]).keys()

    def read(self, names, objectids=None):
        """Read the columns wanted and those that tell whose, which, when; filtered while the files are read.

        Parameters
        ----------
        names : sequence of str
            With their family prefix.
        objectids : list of str, optional
            None: all.

        Returns
        -------
        columns : `~astroquery_fink.wire.Columns`
            Arrow arrays, or lists where the files differ in type; without the columns that no file has.
        """
        if objectids is not None and self._survey.object_id not in self.names:
            raise FinkQueryError(
                f"path={str(self.path)!r} has no column {self._survey.object_id!r} to find objectids by."
            )
        wanted = [name for name in dict.fromkeys([*names, *self._survey.key_columns]) if name in self.names]
        parts = [part for source in self._sources for part in self._parts(*source, wanted, objectids)]
        columns = {name: self._whole(name, parts) for name in wanted}
        return Columns(columns, sum(part.num_rows for part in parts))

    def _parts(self, fragment, sources, wanted, objectids):
        """The rows of one file, batch by batch; of a struct only the members wanted are read.

        A scanner of pyarrow would read the whole struct, so that it has only what was read to choose from.
        """
        from pyarrow import dataset, parquet

        only = self._filter(sources, objectids)
        found = {name: sources[name] for name in wanted if name in sources}
        if only is False or not found:
            return []
        columns = {name: source for name, (source, _) in found.items()}
        paths = [path for _, paths in found.values() for path in paths]
        groups = fragment.row_groups if only is None else fragment.subset(only).row_groups

        def chosen():
            file = parquet.ParquetFile(fragment.path, metadata=fragment.metadata)
            for batch in file.iter_batches(row_groups=[group.id for group in groups], columns=paths):
                yield dataset.dataset(batch).to_table(columns=columns, filter=only)

        return _guarded(fragment.path, lambda: [part for part in chosen() if part.num_rows])

    def _filter(self, sources, objectids):
        """The condition on rows; None: all of them, False: none of them."""
        import pyarrow as pa

        if objectids is None:
            return None
        key = sources.get(self._survey.object_id)
        return key is not None and key[0].isin(pa.array(self._typed(objectids)))

    def _typed(self, objectids):
        whole = self._survey.columns[self._survey.object_id].dtype == "int64"
        return list(map(int, objectids)) if whole else objectids

    def _whole(self, name, parts):
        """One column of all parts, in the type that loses nothing."""
        import pyarrow as pa

        facts = self._survey.columns.get(name)
        decimal = _family(name) in self._survey.short_floats
        chunks = []
        for part in parts:
            found = part[name].chunks if name in part.column_names else [pa.nulls(part.num_rows)]
            chunks += [_as_decimal(chunk) if decimal else chunk for chunk in found]
        return _together(chunks, facts.dtype if facts else None)

    def _columns_of(self, fragment):
        """Where each column of a file is, by its name in the REST service; its folders tell some, too."""
        from pyarrow import dataset

        schema = _guarded(fragment.path, lambda: fragment.physical_schema.remove_metadata())
        if schema not in self._known_schemas:
            self._known_schemas[schema] = self._columns_by(schema)
        folders = dataset.get_partition_keys(fragment.partition_expression).items()
        names = {folder: self._survey.packet.get(folder) for folder, _ in folders}
        told = {names[folder]: (dataset.scalar(value), ()) for folder, value in folders if names[folder]}
        return told | self._known_schemas[schema]

    def _columns_by(self, schema):
        names = schema.names
        masks = {name for name in names if name.endswith(_MASK) and name.removesuffix(_MASK) in names}
        found = {}
        for field in sorted(schema, key=self._rank):
            if field.name not in masks:
                for name, path, source in self._columns_in(field):
                    there = (_unless(source, field), (path, field.name + _MASK))
                    found.setdefault(name, there if field.name + _MASK in masks else (source, (path,)))
        return found

    def _rank(self, field):
        """What stands at the top of an alert comes first, then the structs as the survey names them."""
        packet = list(self._survey.packet)
        return packet.index(field.name) if field.name in packet else -1

    def _columns_in(self, field):
        """(name, path in the file, expression) of what a field holds: nothing of stamps and history."""
        import pyarrow.types as arrow
        from pyarrow import compute, dataset

        name, source = self._name(field.name), dataset.field(field.name)
        if name is None or name in self._survey.stamp_columns.values():
            return []
        known = self._survey.columns
        if name in known or not (arrow.is_struct(field.type) or arrow.is_map(field.type)):
            return [(name, field.name, source)]
        if arrow.is_struct(field.type):
            prefix = name if field.name in self._survey.packet else f"{name}_"
            members = [member.name for member in field.type]
            return [
                (prefix + member, f"{field.name}.{member}", dataset.field(field.name, member))
                for member in members
            ]
        members = [full.removeprefix(f"{name}_") for full in known if full.startswith(f"{name}_")]
        looked_up = [
            (f"{name}_{member}", field.name, compute.map_lookup(source, member, "first"))
            for member in members
        ]
        return looked_up or [(name, field.name, source)]

    def _name(self, text):
        """The name in the REST service of a field at the top; of a struct that has a family, its prefix."""
        packet = self._survey.packet
        if text in packet:
            return packet[text]
        if _family(text):
            return text
        return self._full.get(text, packet[""] + text)


def _fragments(path):
    """Each file of a folder, unread, with what the names of its folders say."""
    if not has_parquet():
        remedy = "only pyarrow reads Parquet: pip install astroquery_fink[fast]"
        raise FinkQueryError(f"path={str(path)!r}: {remedy}")
    from pyarrow import dataset, schema

    if not path.exists():
        raise FinkQueryError(f"path={str(path)!r} is not there: give the folder that fink-client wrote.")
    files = [path] if path.is_file() else sorted(path.rglob("*.parquet"))
    if not files:
        raise FinkQueryError(
            f"path={str(path)!r} has no *.parquet in it: give the folder that fink-client wrote, its -outdir."
        )
    keys = {part.partition("=")[0] for file in files for part in file.parts if "=" in part}
    texts = schema([(key, "string") for key in sorted(keys)])
    found = dataset.dataset(list(map(str, files)), schema=texts, format="parquet", partitioning="hive")
    return sorted(found.get_fragments(), key=lambda fragment: fragment.path)


def _guarded(path, read):
    """Read, and name the file where it cannot be read."""
    import pyarrow as pa

    try:
        return read()
    except (pa.ArrowException, OSError) as error:
        words = " ".join(str(error).split())
        message = f"{path} is broken Parquet ({words}): remove it, or transfer again."
        raise FinkQueryError(message) from error


def _unless(source, field):
    """A column, without what another one says is no value."""
    import pyarrow as pa
    from pyarrow import compute, dataset

    return compute.if_else(dataset.field(field.name + _MASK), pa.scalar(None, field.type), source)


def _family(name):
    """``"i:"`` of ``"i:magpsf"``, and nothing of a bare name."""
    return name[:2] if name[1:2] == ":" else ""


def _as_decimal(values):
    """Short floats in the fewest digits that tell them apart."""
    import pyarrow as pa

    return values.cast(pa.string()).cast(pa.float64()) if pa.types.is_float32(values.type) else values


def _together(chunks, wanted):
    """One array of several; a list where no type holds all values exactly."""
    import pyarrow as pa

    common = _common([chunk.type for chunk in chunks], wanted)
    if common is None:
        return _readable([value for chunk in chunks for value in chunk.to_pylist()], wanted)
    column = pa.chunked_array([chunk.cast(common) for chunk in chunks], common)
    if pa.types.is_string(common):
        column = column.dictionary_encode()
    column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    nested = pa.types.is_nested(common)
    return _readable(column.to_pylist(), wanted) if nested else column


def _common(types, wanted):
    """The type that holds all values of these types exactly, or None."""
    import pyarrow as pa

    kinds = {kind for kind in types if not pa.types.is_null(kind)}
    whole = all(pa.types.is_integer(kind) and not pa.types.is_uint64(kind) for kind in kinds)
    numbers = all(pa.types.is_floating(kind) or pa.types.is_integer(kind) for kind in kinds)
    if not kinds:
        return pa.null()
    if whole:
        return pa.int64()
    if numbers and (wanted == "float64" or all(map(pa.types.is_floating, kinds))):
        return pa.float64()
    if all(map(_is_text, kinds)):
        return pa.string()
    return kinds.pop() if len(kinds) == 1 else None


def _is_text(kind):
    from pyarrow import types as arrow

    kind = kind.value_type if arrow.is_dictionary(kind) else kind
    return arrow.is_string(kind) or arrow.is_large_string(kind)


def _readable(values, wanted):
    """Numbers in a struct as the REST service writes them where it has text: a list."""
    if wanted != "str":
        return values
    return [_listed(value) if isinstance(value, dict) else value for value in values]


def _listed(struct):
    return "[" + ", ".join("NaN" if cell != cell else repr(cell) for cell in struct.values()) + "]"
