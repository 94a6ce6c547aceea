from dagster_project.publish.site.marts import Marts


def page(marts: Marts, district_code: str) -> None:
    return None


def rules_page(marts: Marts, district_code: str) -> None:
    return None
