"""The events of the demo city as they are planned: about fifteen, invented, at the demo's stations. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.demo.places import DEMO_MARK_EN, DEMO_MARK_ZH

_STAND = (
    "身体健康，能站立两小时；穿舒适的鞋，自带水杯。",
    "Fit to stand for two hours; comfortable shoes, your own water.",
)
_BEACH = (
    "穿防滑鞋和长裤，自带水杯；手套和袋子现场领取。",
    "Non-slip shoes and long trousers; gloves and bags are handed out.",
)
_NO_RISK = ("", "")
_SEA = (
    "海边风大浪急，礁石湿滑：只在栏杆以内服务，听从现场负责人安排，遇大浪立即撤到岸上。",
    "Wind, waves and slippery rocks: stay behind the railing, follow the leader, and leave the shore in high waves.",
)
_HOURS = ("按实际在岗时间如实记录，不满一分钟不计。", "The time actually served is recorded, to the full minute.")
CONTACT = "示例值班台（演示，没有真实电话）"


class Times(NamedTuple):
    """A shift: days from today, hours of the city day, how many it takes and how many it needs. cancelled: called off."""

    day: int
    starts: int
    ends: int
    capacity: int
    cover: int = 0
    filled: int = 0
    waiting: int = 0
    cancelled: bool = False


class Task(NamedTuple):
    """A position of an event."""

    title_zh: str
    title_en: str
    times: tuple[Times, ...]
    approval: str = "instant"
    qualifications: tuple[str, ...] = ()
    min_age: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One event. key: what the builder and the desk know it by. state: how far it has come. now: its first shift runs."""

    key: str
    title: tuple[str, str]
    category: str
    station: str
    summary: tuple[str, str]
    tasks: tuple[Task, ...] = ()
    requirements: tuple[str, str] = _STAND
    risk: tuple[str, str] = _NO_RISK
    state: str = "published"
    now: bool = False

    def data(self, *, district_id: int, station_id: int, organisation_id: int) -> dict[str, object]:
        """Return what the author writes into the form."""
        return {
            "title_zh": self.title[0] + DEMO_MARK_ZH,
            "title_en": self.title[1] + DEMO_MARK_EN,
            "category": self.category,
            "summary_zh": self.summary[0],
            "summary_en": self.summary[1],
            "requirements_zh": self.requirements[0],
            "requirements_en": self.requirements[1],
            "risk_note_zh": self.risk[0],
            "risk_note_en": self.risk[1],
            "no_particular_risk": not self.risk[0],
            "contact": CONTACT,
            "hour_rule_zh": _HOURS[0],
            "hour_rule_en": _HOURS[1],
            "district_id": district_id,
            "station_id": station_id,
            "organisation_id": organisation_id,
        }


WIND = {
    "reason_zh": "演示：大风蓝色预警，为安全取消，改期另行通知",
    "reason_en": "Demo: gale warning; cancelled for safety, a new date will follow",
}
DUTY, OFFERED, CLASH, FULL, INVITED, CANCELLED = "duty", "offered", "clash", "full", "invited", "cancelled"

PLANS: tuple[Plan, ...] = (
    Plan(
        DUTY,
        ("栈桥驿站日常值守", "Daily duty at Zhanqiao Pier"),
        "guidance",
        "ZHANQIAO",
        (
            "在驿站和桥头为来往的人指路、答问、帮一把手。",
            "Show the way, answer and lend a hand at the station and the pier.",
        ),
        (
            Task(
                "引导咨询",
                "Guidance",
                (
                    Times(-1, 9, 12, 4, 2, 4),
                    Times(0, 9, 12, 4, 2, 3),
                    Times(0, 13, 16, 4, 2, 1),
                    Times(1, 9, 12, 4, 2, 2),
                    Times(1, 13, 16, 4, 2, 1),
                    Times(2, 13, 16, 4, 2),
                ),
            ),
            Task(
                "外语服务",
                "Foreign languages",
                (Times(1, 9, 12, 2, 1, 1), Times(2, 13, 16, 2, 1)),
                approval="review",
                qualifications=("english",),
            ),
        ),
    ),
    Plan(
        "running",
        ("啤酒街秩序维护", "Keeping order in Beer Street"),
        "order",
        "BEERST",
        ("引导排队，提醒不占道、不逆行。", "Help people queue, and keep the street clear."),
        (Task("秩序引导", "Stewards", (Times(0, 0, 3, 6, 3, 5),)),),
        now=True,
    ),
    Plan(
        FULL,
        ("栈桥文明观鸥劝导", "Gull watching at the pier"),
        "gull_watching",
        "ZHANQIAO",
        (
            "劝导合理投喂，不抓、不追、不惊扰海鸥。",
            "Ask people to feed sparingly and not to grab, chase or scare the gulls.",
        ),
        (Task("观鸥劝导", "Gull watch", (Times(2, 9, 12, 6, 3, 6, 4),)),),
        risk=_SEA,
    ),
    Plan(
        OFFERED,
        ("栈桥潮汐安全提醒", "Tide safety at the pier"),
        "tide_safety",
        "ZHANQIAO",
        (
            "看潮汐，劝离礁石上的人，必要时联系救援。",
            "Watch the tide, ask people off the rocks, call for help when needed.",
        ),
        (Task("潮汐提醒", "Tide watch", (Times(3, 14, 17, 3, 2, 3, 2),), min_age=18),),
        risk=_SEA,
    ),
    Plan(
        CLASH,
        ("小麦岛公园净滩", "Beach clean-up on Xiaomai Island"),
        "environment",
        "XIAOMAI",
        ("沿步道和草坪捡拾垃圾，分类装袋。", "Pick up litter along the path and the lawn, and sort it."),
        (Task("净滩", "Clean-up", (Times(1, 10, 12, 20, 5, 8),)),),
        requirements=_BEACH,
    ),
    Plan(
        CANCELLED,
        ("石老人浴场净滩", "Beach clean-up at Shilaoren"),
        "environment",
        "LAOREN",
        ("清理沙滩上的塑料和渔网。", "Clear plastic and nets from the beach."),
        (Task("净滩", "Clean-up", (Times(1, 8, 11, 30, 5, 9),)),),
        requirements=_BEACH,
        risk=_SEA,
        state="cancelled",
    ),
    Plan(
        INVITED,
        ("青岛北站便民服务", "Convenience desk at Qingdao North"),
        "convenience",
        "QDNORTH",
        (
            "帮老人推行李、指路、借用老花镜和轮椅。",
            "Help the elderly with luggage and directions; lend glasses and wheelchairs.",
        ),
        (Task("便民服务", "Convenience desk", (Times(4, 9, 12, 6, 4, 1), Times(4, 13, 16, 6, 4, 2))),),
    ),
    Plan(
        "languages",
        ("青岛站外语服务", "Foreign languages at the railway station"),
        "foreign_languages",
        "QDSTN",
        ("用英语为外国旅客指路、答问。", "Show foreign visitors the way, in English."),
        (
            Task(
                "外语服务",
                "Foreign languages",
                (Times(5, 9, 12, 3, 1, 4),),
                approval="review",
                qualifications=("english",),
            ),
        ),
    ),
    Plan(
        "museum",
        ("市博物馆讲解", "Guided tours at the museum"),
        "guidance",
        "MUSEUM",
        (
            "为观众讲解基本陈列，每场约四十分钟。",
            "Lead visitors through the permanent exhibition, forty minutes a tour.",
        ),
        (Task("讲解员", "Guide", (Times(8, 9, 12, 4, 2, 1),), qualifications=("guide",)),),
    ),
    Plan(
        "night",
        ("台东夜市走失协助", "Lost persons at Taidong night market"),
        "lost_person",
        "TAIDONG",
        (
            "协助寻找走失的老人和孩子，安抚并联系家人。",
            "Help find lost children and elderly people, and reach their families.",
        ),
        (Task("走失协助", "Search and care", (Times(0, 18, 21, 4, 2, 2), Times(1, 18, 21, 4, 2, 1)), min_age=18),),
    ),
    Plan(
        "weekend",
        ("金秋净滩周末", "Clean-up weekend"),
        "environment",
        "BADAXIA",
        ("两个上午，一起把八大峡广场的岸边清干净。", "Two mornings to clean the shore at Badaxia Square."),
        (Task("净滩", "Clean-up", (Times(6, 9, 11, 25, 5, 6), Times(7, 9, 11, 25, 5, 4, cancelled=True)), min_age=12),),
        requirements=_BEACH,
    ),
    Plan(
        "over",
        ("信号山公园便民服务", "Convenience desk at Signal Hill"),
        "convenience",
        "XINHAO",
        ("为登高的人提供热水、雨伞和急救包。", "Hot water, umbrellas and first aid for those who climb the hill."),
        (Task("便民服务", "Convenience desk", (Times(-6, 9, 12, 5, 2, 5),)),),
    ),
    Plan(
        "long_over",
        ("大学路路口礼让劝导", "Courtesy at the Daxue Road crossing"),
        "order",
        "DAXUELU",
        ("提醒车让人、人快走，拍照不占道。", "Cars give way, people walk on, nobody poses in the road."),
        (Task("文明劝导", "Stewards", (Times(-13, 15, 18, 6, 2, 4),)),),
    ),
    Plan(
        "review",
        ("邮轮母港迎客", "Welcome at the cruise port"),
        "foreign_languages",
        "CRUISE",
        ("迎接邮轮旅客，发放地图，帮忙找车。", "Welcome cruise passengers with maps and directions to the buses."),
        (Task("迎宾引导", "Welcome", (Times(9, 8, 12, 12, 4),)),),
        state="in_review",
    ),
    Plan(
        "draft",
        ("冬日护鸥季启动", "Opening of the gull season"),
        "gull_watching",
        "ZHANQIAO",
        ("护鸥季的第一个周末，讲一讲怎么好好看鸥。", "The first weekend of the season: how to watch gulls well."),
        (Task("宣讲", "Talks", (Times(12, 9, 12, 8, 3),)),),
        state="draft",
    ),
    Plan(
        "sketch",
        ("新年登高服务", "New Year's climb"),
        "convenience",
        "YANDAO",
        ("", ""),
        requirements=("", ""),
        state="draft",
    ),
)
