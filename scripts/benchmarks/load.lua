-- The load of wrk: POST /api/event with unique bodies, many visitors (one address each, forwarded by the trusted
-- loopback) and thousands of user agents. Six hits in ten are page views, the rest custom events with properties and
-- engagement. One page view in fifty has a new referrer, one hit in fifty is a bot's, one is from an excluded network.
local visitors = 100000
local referrers = {
    "https://www.google.com/", "https://www.bing.com/search", "https://t.co/abc", "https://www.linkedin.com/feed/",
    "https://duckduckgo.com/", "https://news.ycombinator.com/item", "https://partner.example/list", "",
}
-- User agents of browsers. The numbers are the major and minor version.
local user_agents = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/%d.0.%d.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/%d.%d",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36 OPR/%d.%d",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.%d Mobile/15E148 Safari/604.1",
}
local serial = 0

function setup(thread)
    thread:set("seed", math.random(1, 2 ^ 30))
end

function init()
    math.randomseed(seed)
    serial = math.random(1, 2 ^ 30)
end

local function user_agent(visitor)
    if serial % 50 == 7 then
        return "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    end
    local numbers = math.floor(visitor / #user_agents)
    return string.format(user_agents[visitor % #user_agents + 1], 100 + numbers % 42, math.floor(numbers / 42) % 20)
end

local function address(visitor)
    if serial % 50 == 9 then
        return "198.51.100." .. visitor % 256
    end
    return string.format("%d.%d.%d.%d", 11 + visitor % 80, visitor % 251, math.floor(visitor / 251) % 251, visitor % 127)
end

local function body()
    local page = string.format("https://bench.example/section-%d/page-%d", serial % 23, serial % 500)
    local kind = serial % 10
    if kind < 6 then
        local referrer = referrers[serial % #referrers + 1]
        if serial % 50 == 5 then
            referrer = string.format("https://blog-%d.example/post-%d", serial % 977, serial)
        end
        local campaign = serial % 11 == 0 and "?utm_source=newsletter&utm_medium=email&utm_campaign=c" .. serial % 40 or ""
        return string.format('{"n":"pageview","u":"%s%s","d":"bench.example","r":"%s","v":33}', page, campaign, referrer)
    elseif kind < 8 then
        return string.format(
            '{"n":"Signup","u":"%s","d":"bench.example","r":null,"p":{"plan":"p%d","serial":"%d"},"v":33}',
            page, serial % 5, serial)
    end
    return string.format(
        '{"n":"engagement","sd":%d,"e":%d,"u":"%s","d":"bench.example","v":33}', serial % 101, serial % 60000, page)
end

function request()
    serial = serial + 1
    local visitor = math.random(1, visitors)
    return wrk.format("POST", "/api/event", {
        ["Content-Type"] = "text/plain",
        ["Host"] = "127.0.0.1",
        ["User-Agent"] = user_agent(visitor),
        ["X-Forwarded-For"] = address(visitor),
    }, body())
end
