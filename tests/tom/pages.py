# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The pages of a TOM, as a browser requests them."""

import html

from django.test import Client, override_settings
from django.urls import resolve, reverse

__all__ = ["Pages", "configured"]


def configured(service, **changes):
    """Other settings of a data service, within a ``with`` statement."""
    from django.conf import settings

    services = settings.DATA_SERVICES
    return override_settings(DATA_SERVICES=services | {service: services.get(service, {}) | changes})


class Pages:
    """A browser of a user who is logged in."""

    def __init__(self, user):
        self.user = user
        self.client = Client()
        self.client.force_login(user)

    def form(self, service):
        """The page with the form of a query."""
        return self.client.get(reverse("tom_dataservices:create"), {"data_service": service})

    def search(self, service, **fields):
        """The page after the form is sent: the results, or the form with errors."""
        sent = {"data_service": service, **fields}
        return self.client.post(reverse("tom_dataservices:create"), sent, follow=True)

    def errors(self, service, **fields):
        """Field -> errors of the form."""
        return self.search(service, **fields).context["form"].errors

    def results(self, service, **fields):
        """The objects on the page of results."""
        page = self.search(service, **fields)
        assert page.status_code == 200
        assert not page.context.get("query_feedback")
        return page.context["results"]

    def make_target(self, service, chosen="0", **fields):
        """The target made of one of the results."""
        from tom_targets.models import Target

        self.results(service, **fields)
        form = {"data_service": service, "query_id": "", "selected_results": [chosen]}
        response = self.client.post(reverse("tom_dataservices:create-target"), form)
        assert response.status_code == 302
        return Target.objects.get(pk=resolve(response.url).kwargs["pk"])

    def update(self, service, target):
        """Use *Update Reduced Data* on the page of a target."""
        form = {"data_service": service, "target": target.pk}
        assert self.client.post(reverse("tom_dataservices:update-data"), form).status_code == 302

    def check_for_new_data(self, target):
        """Use *Check for new data* on the page of a target."""
        address = reverse("dataproducts:update-reduced-data")
        assert self.client.get(address, {"target_id": target.pk}).status_code == 302

    def messages(self):
        """The messages on the next page."""
        return [str(message) for message in self.client.get("/").context["messages"]]

    def photometry(self, target):
        """The text of the page with the plot of photometry."""
        page = self.client.get(reverse("targets:detail", kwargs={"pk": target.pk}), {"tab": "photometry"})
        assert page.status_code == 200
        return html.unescape(page.content.decode())
