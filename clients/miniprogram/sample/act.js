// 执行页面的一个操作：期间禁用按钮，出错时提示。返回是否成功。
module.exports = async (page, work) => {
    page.setData({ isBusy: true });
    try {
        await work();
        return true;
    } catch (error) {
        wx.showToast({ title: error.detail || error.message, icon: "none" });
        return false;
    } finally {
        page.setData({ isBusy: false });
    }
};
