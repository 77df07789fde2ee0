function two(number) {
    return number < 10 ? `0${number}` : `${number}`;
}

// 把 2026-11-29T10:39:18.754Z 写成本地时间 2026-11-29 18:39。
module.exports = (text) => {
    const time = new Date(text);
    const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
    return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
};
