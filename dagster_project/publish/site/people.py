from dagster_project.publish.site.marts import Marts


def classes_page(marts: Marts, district_code: str) -> None:
    return None


def kindergartens_page(marts: Marts, district_code: str) -> None:
    return None


def upper_secondary_page(marts: Marts, district_code: str) -> None:
    return None
