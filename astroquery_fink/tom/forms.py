# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The query forms of both surveys."""

from typing import Any

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from tom_dataservices.forms import BaseQueryForm

from ..core import FinkClass
from ..exceptions import FinkError, FinkQueryError
from .searches import OPTIONS, Search, searches
from .telescopes import Telescope

__all__ = ["FinkForm", "form_class"]

RADIUS = 5.0  # arcsec
MOST = 100  # objects that the TOM Toolkit shows of one query


class FinkForm(BaseQueryForm):
    """The form of a query: by object id, name, position, or class.

    The class for one survey is made by `form_class`, which adds the field of classes or tags.
    """

    telescope: Telescope
    client: FinkClass

    objectid: Any = forms.CharField(required=False, label="Object ids")
    name: Any = forms.CharField(
        required=False, label="Name", help_text="In one of the catalogues, for example SN 2023ixf"
    )
    resolver: Any = forms.ChoiceField(
        required=False,
        label="Catalogue",
        choices=[("tns", "Transient Name Server"), ("simbad", "SIMBAD")],
    )
    coordinates: Any = forms.CharField(
        required=False,
        label="Position (ICRS)",
        help_text="Degrees or sexagesimal, for example 186.728 +15.210 or 12:26:54.8 +15:12:37",
    )
    radius: Any = forms.FloatField(
        required=False,
        label="Radius (arcsec)",
        help_text=f"Around the position or the name; {RADIUS:g} if empty",
    )
    start: Any = forms.CharField(
        required=False, label="From (UTC)", help_text="For example 2026-03-20 or 2026-03-20 12:00:00"
    )
    stop: Any = forms.CharField(required=False, label="To (UTC)", help_text="Now if empty")
    days: Any = forms.FloatField(
        required=False,
        min_value=0.01,
        max_value=10_000.0,
        label="Last days",
        help_text="Alerts of this many days before each run, instead of From and To",
    )
    n: Any = forms.IntegerField(
        required=False,
        label="Number of alerts",
        help_text=f"The newest of the time range; {MOST} if empty. An object may have several.",
    )

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        group, ids = self.telescope.group, self.telescope.survey.ids
        self.fields["objectid"].help_text = f"One, or several with commas: {ids.description}"
        self.fields[group] = self._group_field()
        self.helper.layout = Layout(
            "data_service",
            Fieldset("By object id", "objectid"),
            Fieldset("By name", Row(Column("name"), Column("resolver"))),
            Fieldset("By position", Row(Column("coordinates"), Column("radius"))),
            Fieldset(
                f"By {self.telescope.group_label.lower()}",
                Row(Column(group), Column("n")),
                Row(Column("start"), Column("stop"), Column("days")),
            ),
        )

    def _group_field(self) -> Any:
        """A list of the classes or tags; a field for text if the server does not list them now."""
        label = self.telescope.group_label
        try:
            table: Any = getattr(self.client, self.telescope.groups)()
        except FinkError:
            return forms.CharField(required=False, label=label, help_text="As Fink spells it")
        names = table["name"][table["served"]] if "served" in table.colnames else table["name"]
        return forms.ChoiceField(
            required=False, label=label, choices=[("", ""), *((name, name) for name in names.tolist())]
        )

    def clean(self) -> dict[str, Any]:
        """Check the fields as the client checks its arguments; nothing is sent."""
        cleaned = self.cleaned_data
        search = self._search(cleaned)
        self._refuse_fields_of_other_searches(search, cleaned)
        defaults = {"radius": RADIUS, "n": MOST, "resolver": "tns"}
        cleaned |= {name: value for name, value in defaults.items() if cleaned.get(name) in (None, "")}
        if self.errors.keys().isdisjoint((search.field, *search.options)):
            try:
                search.run(self.client, cleaned, get_query_payload=True)
            except FinkQueryError as error:
                self.add_error(self._field_of(error, search), str(error))
        return cleaned

    def _search(self, cleaned: dict[str, Any]) -> Search:
        """The one search whose field is filled in."""
        known = searches(self.telescope)
        chosen = [search for search in known if cleaned.get(search.field) or search.field in self.errors]
        if len(chosen) != 1:
            labels = ", ".join(search.label for search in known)
            given = f"; now there are {' and '.join(one.label for one in chosen)}" if chosen else ""
            raise ValidationError(f"Search by one of these: {labels}{given}.")
        return chosen[0]

    def _refuse_fields_of_other_searches(self, search: Search, cleaned: dict[str, Any]) -> None:
        """Refuse what would have no effect."""
        for name in OPTIONS:
            empty = cleaned.get(name) in (None, "") or name == "resolver"
            if not empty and name not in search.options:
                self.add_error(name, f"This has no effect in a search by {search.label}: leave it empty.")
        if cleaned.get("days") and (cleaned.get("start") or cleaned.get("stop")):
            self.add_error("days", "Give a time range or a number of days, not both.")

    def _field_of(self, error: FinkQueryError, search: Search) -> str:
        """The field whose name begins the message, or that of the search."""
        name = str(error).partition("=")[0]
        return name if name in self.fields else search.field


def form_class(telescope: Telescope, client: FinkClass) -> type[FinkForm]:
    """The form of a survey, with the client that checks its fields."""
    return type("FinkForm", (FinkForm,), {"telescope": telescope, "client": client})
