"""What people choose when they must choose a password: the head of published breach lists, and local favourites."""

from __future__ import annotations

COMMON_WHOLE: frozenset[str] = frozenset(
    """
    010203040506 012345678910 01telemike01 102030405060 1111111111zz 111222333000 111222333444555 112233445566
    122333444455555 123123qweqwe 123321456654 123321qweewq 123456654321 123456782000 1234567887654321 123456789000
    12345678900987654321 1234567890987654321 1234567890qaz 1234567890qw 1234567890qwe 1234567890qwerty
    1234567890zzz 123456789101 123456789123 1234567892000 12345678987654321 123456789987654321 123456789abc
    123456789asd 123456789qaz 123456789qqq 123456789qwe 123456789qwer 123456789qwerty 123456789zxc 1234567qwertyu
    123456qwerty 1234qwerasdf 1234qwerasdfzxcv 123qwe456rty 123qweasdzxc 12qw34er56ty 159753456852 1a2s3d4f5g6h
    1q2w3e4r5t6y 1qa2ws3ed4rf 1qa2ws3ed4rf5tg 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc 1qazxsw23edcvfr4
    23176djivanfros 31217221027711 32615948worms 41d8cd98f00b 4815162342lost 541233432442 59382113kevinp
    742617000027 89231243658s 89876065093rax abc123456789 admin18533362 amadeusptfcor andrewjackie antananarivu
    asdfgh123456 asdfghjkl123 auckland2010 avrillavigne bltynbabrfwbz boy4u2ownnyc bpgjldsgjldthnf chickenwing101
    christopher1 cjdthitycndj combat123654 contortionist corperfmonsy counterstrike devilmaycry4 digitalprodu
    dkflbvbhjdbx dkflbvbhjdyf domainlock2005 finalfantasy fkmnthyfnbdf fktrcfylhjdbx fktrcfylhjdyf flvbybcnhfnjh
    frederiksberg fynfyfyfhbde gfhjkmgfhjkm ghbdtnghbdtn ghbdtnrfrltkf ghhh47hj7649 ghjcnjgbpltw ghjcnjgfhjkm
    ghjcnjghjcnj ghjcnjqgfhjkm ghjcnjrdfibyj gjkysqgbpltw greenlantern gtnhjpfdjlcr hd764nw5d7e1vb1 hedimaptfcor
    iampurehaha2 ilovemyfamily ingodwetrust installdevic installsqlst iseedeadpeople jamesbond007 justinbieber
    leavemealone lhbjkjubz2957704 lost4815162342 lytghjgtnhjdcr maprchem56458 massimiliano maurolarastefy
    mevefalkcakk michaeljackson minecraft123 minnesota_hp momsanaladventure morganstanley mortalkombat
    msorcloledbr needforspeed nemvxyheqdd5oqxyxyzi networkingpe newproject2004 nhecsyfujkjdt nhfdvfnjkju123
    nhfycajhvths nightcrawler nondriversig olcrackmaster p030710p$e4o paraklast1974 password1234 passwordstandard
    playstation2 playstation3 ptybnxtvgbjy punksnotdead q1w2e3r4t5y6 q1w2e3r4t5y6u7 q1w2e3r4t5y6u7i8
    q1w2e3r4t5y6u7i8o9p0 qawsedrftgyh qaz123wsx456 qazwsxedc123 qazwsxedcrfv qazwsxedcrfvtgb qazxswedc123
    qazxswedcvfr qwaszxerdfcv qweasdzxc123 qwerasdfzxcv qwerty123456 qwerty123456789 qwertyasdfgh qwertyuiop10
    qwertyuiop123 qwertyuiop12345 qwertyytrewq residentevil rfnthbyf1988 sanfrancisco saun24865709 seemnemaailm
    sojdlg123aljg sonyericsson specialinsta stickdaddy77 stinkyfinger stratocaster systemofadown temppassword
    ticketmaster vanyarespekt vfhbyfvfhbyf vfrcbvvfrcbv vfvfvskfhfve vladimirovna warhammer40k websolutions
    websolutionssu webuivalidat weihnachtsbau whosyourdaddy zaq1xsw2cde3 zaqwsxcderfv zqjphsyf6ctifgu zxcasdqwe123
    zxcvbn123456 zxcvbnm123456789
    """.split()  # noqa: SIM905 one word a line would be 600 lines
)
"""Whole passwords of 12 characters and more, lower case."""

COMMON_PIECES: frozenset[str] = frozenset(
    """
    000000 01012011 102030 111111 11111111 112233 11223344 123123 123321 1234 12344321 12345 123456 1234567
    12345678 123456789 1234567890 123456a 123456q 12345a 1234qwer 123654 123abc 123qwe 12qwaszx 131313 1314
    1314520 159357 159753 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 2112 315475 4815162342 5150 5201314 520520 654321
    666666 7758258 7758521 7777777 789456 8675309 a123456 a1b2c3 aa123456 abc123 abcd1234 access adidas admin
    admin888 administrator aini1314 airborne alexis america angel angels animal apollo apple apples arsenal asdasd
    asdf asdfasdf asdfgh asdfghjk asdfghjkl austin azerty badboy banana bandit barney baseball batman bear beaver
    beavis beijing bigboy bigdaddy bigdog blazer blink182 blue bond007 booger boomer boston brandy braves brooklyn
    bubba bubbles buddy bulldog buster camaro cameron canada caonima captain casper changeme charlie cheese
    chelsea chester chicago chicken cocacola coffee compaq computer cookie copper corvette cowboy cowboys creative
    cricket dakota dallas darkness default demo dexter diablo diamond doctor dolphin dolphins donkey dragon driver
    eagles elephant eminem enter falcon fender ferrari fish fishing florida flower football forever freddy freedom
    gandalf garfield gateway gators gemini gfhjkm ghbdtn giants ginger godzilla golden golf golfer guanliyuan
    guest guitar gunner hammer hannah hardcore harley heaven hello helpme hockey hotdog hunter iceman iloveyou
    internet iwantu jaguar jasmine jasper jordan jordan23 junior kitten klaster lakers laoshan legend letmein
    lifehack lina lisi liverpoo liverpool liwei london love loveme lucky luntan maddog madison maggie magic
    manager marina marine marlboro master matrix maverick maxwell mercedes merlin metallic mickey midnight mima
    mima123 money monkey monster mother mountain muffin mustang nascar natasha ncc1701 newyork nihao nihao123
    nikita nirvana nissan office oliver online operator orange packers panther passw0rd password password1 peaches
    peanut pepper phantom phoenix platinum playboy player pokemon police pookie porsche prince princess public
    purple q1w2e3 q1w2e3r4 q1w2e3r4t5 qazwsx qazwsxedc qazxsw qq123456 qwaszx qweqwe qwer1234 qwert qwerty
    qwerty123 qwertyui qwertyuiop rabbit raiders rainbow ranger rangers razz red123 redskins redsox rocket root
    rosebud rush2112 samantha samson samsung scooby scooter scorpio scorpion secret server shadow shandong
    shanghai shelby sierra silver skippy slayer slipknot smokey sniper snoopy snowball soccer sophie spanky sparky
    spider startrek starwars steelers stupid success summer sunshine superman supervisor sydney system tennis test
    theman thunder thx1138 tiger tigers tigger tomcat toor topgun toyota trinity trouble trustno1 turtle user
    viking voodoo voyager wangfang wangwei wangwu warrior welcome whatever willow winner winston winter wizard
    woaini woaini1314 woaini520 woaiqingdao woaiwojia wodemima woshishei xavier xiaoming yamaha yankees yellow
    yiersansi zhangsan zhangwei zhanqiao zhongguo zxcvbn zxcvbnm
    """.split()  # noqa: SIM905 one word a line would be 600 lines
)
"""Pieces that passwords are put together from, lower case."""
