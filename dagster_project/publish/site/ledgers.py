from dagster_project.publish.site.marts import Marts


def safety_page(marts: Marts, district_code: str) -> None:
    return None


def satisfaction_page(marts: Marts, district_code: str) -> None:
    return None


def finance_page(marts: Marts, district_code: str) -> None:
    return None


def rectification_page(marts: Marts, district_code: str) -> None:
    return None
