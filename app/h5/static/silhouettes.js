/** What each place is known by, as two paths on a 100-unit square: solid shapes (even-odd) and lines. */

const wave = (y, from = 10, to = 90) => {
  let d = `M${from} ${y}`;
  for (let x = from; x + 10 <= to; x += 10) d += `q2.500-3.200 5 0t5 0`;
  return d;
};

const PLACES = {
  // 栈桥: the pavilion 回澜阁 at the end of the pier
  pavilion: {
    solid: "M50 5l2.300 5.500-1 4.500h-2.600l-1-4.500zM50 15c4 7.500 13 12.500 25.500 14.200 2 .3 3.600-.5 4.800-2.200.5 3.400-.8 6.600-3.800 7.800H23.500c-3-1.200-4.300-4.400-3.800-7.800 1.200 1.700 2.800 2.500 4.800 2.200C37 27.500 46 22.500 50 15zM33 37h34v8H33zM38 39v4h5v-4zM47.500 39v4h5v-4zM57 39v4h5v-4zM33.500 47h33c5 6 12.500 9.500 21.500 10.600 2 .2 3.500-.7 4.600-2.400.6 3.600-.6 7-3.800 8.300H11.200c-3.200-1.300-4.400-4.700-3.800-8.300 1.100 1.700 2.600 2.600 4.600 2.400 9-1.100 16.500-4.600 21.500-10.600zM17 66h66v16H17zM22 69.500V82h8V69.500zM33.500 69.500V82h8.500V69.500zM45.500 68.800c0-1 9-1 9 0V82h-9zM58 69.500V82h8.500V69.500zM70 69.500V82h8V69.500zM10 83.500h80v5H10z",
    line: wave(94),
  },
  // 上街里: gables of the old town and the twin spires above them
  gables: {
    solid: "M33 8l1.200 6 4.800 22H28l4.800-22zM53 8l1.200 6L59 36H48l4.800-22zM28 38h11v16H28zM48 38h11v16H48zM31.500 42v7h4v-7zM51.500 42v7h4v-7zM39 44l4.500-5 4.500 5v10h-9zM5 66l16-15 16 15v22H5zM16 62v7h9.500v-7zM10 74v14h7V74zM25 74v7h7v-7zM40 64l13-14 13 14v24H40zM49.500 61v7h7v-7zM45 73v7h6v-7zM55.500 73v15h6V73zM69 68l13-11 13 11v20H69zM78 66v5h8v-5zM74 76v12h6V76zM85 76v7h6v-7z",
    line: "M33 4v5M53 4v5M31 6.500h4M51 6.500h4",
  },
  // 燕岛山: pines on a headland
  headland: {
    solid: "M6 80c8-18 20-25 34-26 8-.6 14-8 24-9 14-1 22 12 30 35zM26 53l3.500-1V36h-9c1-5 5-7 9-7.500-3-1-5-3-5-6 3-3 10-4.500 14-1 4 1 6.500 4 6 7.500-2 2-5 2.500-8 2.500 4 .5 6.500 2.500 7 5h-10v14.500l3.500.5-3.500 4h-4zM64 45.500V30h-8c.5-4 3.500-6 7-6.500-2-1-3.500-2.500-3.500-5 3-3.500 9-4 12.500-1 3.500.5 5.500 3 5 6-1.500 2-3.500 2.500-6 2.500 3 .5 5 2 5.500 4H67.500v15.500z",
    line: `${wave(87)}${wave(94, 20, 80)}`,
  },
  // 国际邮轮母港
  cruise: {
    solid: "M4 62h92c-1 12-6 20-14 22H20C11 80 6 73 4 62zM14 50h66l5 9H12zM22 38h50l4 9H20zM31 27h32l3 8H29zM56 11h9l2.500 13H54zM42 14h8l2 10H40zM24 41.500v3h4v-3zM33 41.500v3h4v-3zM42 41.500v3h4v-3zM51 41.500v3h4v-3zM60 41.500v3h4v-3zM18 53v3h5v-3zM29 53v3h5v-3zM40 53v3h5v-3zM51 53v3h5v-3zM62 53v3h5v-3zM73 53v3h5v-3z",
    line: wave(91),
  },
  // 青岛站: the clock tower and the steep roof beside it
  clocktower: {
    solid: "M30 4l3 7 9 19H18l9-19zM19 32h22v54H19zM30 37a6.500 6.500 0 1 0 .01 0zM24 56v10h4V56zM32 56v10h4V56zM25 74v12h10V74zM43 58l26-25 26 25v28H43zM62 51v8h14v-8zM49 66v9h7v-9zM63 66v20h12V66zM82 66v9h7v-9z",
    line: "M30 40.500V44l2.500 1.500M6 88h88",
  },
  // 八大峡: sails off the square
  sails: {
    solid: "M48 8c12 16 17 36 15 56H48zM44 18v46H24c4-18 11-33 20-46zM70 30c7 11 10 22 9.500 34H70zM14 69h74c-3 9-9 14-17 15H30c-8-1-13-6-16-15z",
    line: `M46 6v63M68.500 28v41${wave(91)}`,
  },
  // 信号山: the three red domes
  domes: {
    solid: "M22 46a15 13 0 0 1 30 0zM18 48h38l-3 6H21zM26 56h22v22H26zM30 60v8h5v-8zM39 60v8h5v-8zM48 26a13 11.500 0 0 1 26 0zM45 28h32l-2.500 5H47.500zM54 35h14v43H54zM58.500 40v8h5v-8zM70 50a11 10 0 0 1 22 0zM67.500 52h27l-2.500 5H70zM74 59h14v19H74zM78.500 63v7h5v-7zM4 88c10-9 20-9 28-8h44c8-1 14 2 20 8z",
    line: "M37 26v7M61 8v6.500M81 33v7",
  },
  // 大学路: the wall with its coping of tiles, a plane tree behind it
  redwall: {
    solid: "M58 10c9-3 18 1 20 8 8 1 12 8 9 15 1 7-5 12-12 11H57c-8 1-14-5-12-12-2-8 4-14 11-14 0-3 1-6 2-8zM64 46h7v8h-7zM8 54h84v6H8zM12 62h76v26H12zM22 68v14h13V68zM64 67v4h16v-4zM64 75v2.500h11V75z",
    line: "M10 51.500c2.500-3.500 5-3.500 7.500 0s5 3.500 7.500 0 5-3.500 7.500 0 5 3.500 7.500 0 5-3.500 7.500 0M5 90.500h90",
  },
  // 万象城: towers of the new centre
  towers: {
    solid: "M40 10l12-5v83H40zM56 22h16v66H56zM20 34l16-6v60H20zM76 40l14 5v43H76zM8 54h9v34H8zM43.500 18v5h5v-5zM43.500 29v5h5v-5zM43.500 40v5h5v-5zM43.500 51v5h5v-5zM60 29v5h8v-5zM60 40v5h8v-5zM60 51v5h8v-5zM60 62v5h8v-5zM24 42v5h8v-5zM24 53v5h8v-5zM24 64v5h8v-5zM80 52v5h6v-5zM80 63v5h6v-5z",
    line: "M4 91h92",
  },
  // 啤酒街: a full mug
  mug: {
    solid: "M26 38h42v46a5 5 0 0 1-5 5H31a5 5 0 0 1-5-5zM34 46v34h4.500V46zM45 46v34h4.500V46zM56 46v34h4.500V46zM70 44h8a10 10 0 0 1 10 10v14a10 10 0 0 1-10 10h-8v-7h7a4 4 0 0 0 4-4V55a4 4 0 0 0-4-4h-7zM22 35a8 8 0 0 1 4-15 10 10 0 0 1 17-7 10 10 0 0 1 17 4 8.500 8.500 0 0 1 12 9 6.500 6.500 0 0 1-2 9z",
    line: "",
  },
  // 台东夜市: lanterns over the lane
  lanterns: {
    solid: "M20 30h14v4H20zM15 36h24c4 7 4 15 0 22H15c-4-7-4-15 0-22zM20 60h14v4H20zM21.500 38v18h2V38zM30.500 38v18h2V38zM66 36h14v4H66zM61 42h24c4 7 4 15 0 22H61c-4-7-4-15 0-22zM66 66h14v4H66zM67.500 44v18h2V44zM76.500 44v18h2V44zM44 18h11v3.500H44zM40.500 23h18c3 5 3 11 0 16h-18c-3-5-3-11 0-16zM44 41h11v3.500H44z",
    line: "M4 14c30 8 62 8 92 0M49.500 18v-1M27 30V18M73 36V18M24 64v8M27 64v12M30 64v8M70 70v8M73 70v12M76 70v8M47 44.500v6M52 44.500v6M8 90h84",
  },
  // 青岛市博物馆: a broad roof on columns
  museum: {
    solid: "M50 14l44 20v5H6v-5zM50 22a5 5 0 1 0 .01 0zM11 43h78v5H11zM15 51h9v26h-9zM31 51h9v26h-9zM46 51h8v26h-8zM60 51h9v26h-9zM76 51h9v26h-9zM10 79h80v4.500H10zM5 85h90v5H5z",
    line: "",
  },
  // 石老人: the old man of stone in the surf
  stoneman: {
    solid: "M40 84c-3-14 1-22 1-32-4-3-6-8-4-13 2-4 1-8 3-13 2-7 8-11 14-9 6 1 9 7 8 13l4 6-4 4c2 8 6 12 6 22 1 9 5 14 7 22zM50 27a2.200 2.200 0 1 0 .01 0zM10 84c2-6 7-9 12-8 4-3 9 0 11 8zM78 84c1-4 4-6 8-5 3 0 5 2 6 5z",
    line: `${wave(89, 5, 95)}${wave(95, 15, 85)}`,
  },
  // 雕塑园: a ring on a plinth
  sculpture: {
    solid: "M50 10c20 0 33 15 33 33 0 14-9 24-20 29l-6-9c9-3 15-10 15-20 0-12-9-22-22-22S28 31 28 43c0 9 6 17 14 20l-5 9C25 67 17 57 17 43c0-18 13-33 33-33zM50 32c8 7 9 17 3 27l5 13H42l5-13c-6-10-5-20 3-27zM30 74h40v5H30zM24 81h52v8H24z",
    line: "M8 91.500h84",
  },
  // 小麦岛: a green island with one tree
  island: {
    solid: "M4 80c14-14 28-20 46-20s32 6 46 20zM57 62V47H45c1-6 5-9 10-9-4-2-5-5-4-9 4-6 14-7 19-1 6 0 9 5 8 10-3 3-7 3-10 3 4 1 7 3 7 6H63v15z",
    line: `M18 40c3-4 6-4 8 0 2-4 5-4 8 0M30 26c2-3 5-3 7 0 2-3 4-3 6 0${wave(87, 5, 95)}${wave(94, 15, 85)}`,
  },
  // 青岛北站: a fast train under the arch
  train: {
    solid: "M36 32h28c9 0 14 10 16 26 1 10-3 18-10 20H30c-7-2-11-10-10-20 2-16 7-26 16-26zM37 39c-3 3-5 8-6 14h38c-1-6-3-11-6-14zM30 64a4 4 0 1 0 .01 0zM70 64a4 4 0 1 0 .01 0zM44 66v4h12v-4zM28 81h44l6 7H22z",
    line: "M6 70C8 32 26 10 50 10s42 22 44 60M16 70C18 40 31 21 50 21s32 19 34 49M50 10v11M28 19l6 8M72 19l-6 8",
  },
  // 团岛市场: the morning's fish
  fish: {
    solid: "M8 46c12-16 26-22 40-20 10 1 18 7 25 15l16-13c-3 12-3 22 1 34L73 51c-8 9-17 15-27 15C31 66 18 60 8 46zM26 40a4 4 0 1 0 .01 0zM38 33c6 8 6 18 0 26l4 1.500c6-9 6-19.500 0-29zM14 74h72l-6 15H20z",
    line: "M28 77v9M40 77v9M52 77v9M64 77v9M76 77v9",
  },
  // 即墨: the gate of the old city
  gate: {
    solid: "M50 8l3 5c8 5 17 8 28 9l5-2c0 4-2 7-5 8H19c-3-1-5-4-5-8l5 2c11-1 20-4 28-9zM26 31h48v13H26zM32 34v10h5V34zM41 34v10h5V34zM54 34v10h5V34zM63 34v10h5V34zM12 46h10v5h8v-5h10v5h8v-5h10v5h8v-5h10v5h8v-5h4v43H12zM50 60c-9 0-14 7-14 14v15h28V74c0-7-5-14-14-14z",
    line: "M4 91.500h92",
  },
};

const BY_CODE = {
  ZHANQIAO: "pavilion",
  SHANGJIE: "gables",
  YANDAO: "headland",
  CRUISE: "cruise",
  QDSTN: "clocktower",
  BADAXIA: "sails",
  XINHAO: "domes",
  DAXUELU: "redwall",
  MIXC: "towers",
  BEERST: "mug",
  TAIDONG: "lanterns",
  MUSEUM: "museum",
  LAOREN: "stoneman",
  DIAOSU: "sculpture",
  XIAOMAI: "island",
  QDNORTH: "train",
  TUANDAO: "fish",
  JIMO: "gate",
};

/** The drawing of a station by its code, or null: then its first character stands in. */
export const silhouetteOf = (code) => PLACES[BY_CODE[code]] || null;
