using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class QueueVerbTests(FakeApi api) : IClassFixture<FakeApi>
{
    private const string Queues = """
        {"total":{"messages":12,"recipients":14,"due":1,"deferred":10,"inFlight":1},"queueCount":2,
         "unclaimed":{"messages":3,"recipients":3,"oldestAcceptedAt":null,"isComplete":true},
         "queues":[
          {"key":"default:slow.test","messages":11,"recipients":13,"due":1,"deferred":10,"inFlight":0,
           "oldestAcceptedAt":"2026-11-29T14:48:00+00:00","nextDue":"2026-11-29T18:05:00+00:00",
           "lastReply":"421 4.7.0 too\u001b[31m fast","destination":"default|slow.test","node":"10.0.0.1:4053"},
          {"key":"bulk:ok.test","messages":1,"recipients":1,"due":0,"deferred":0,"inFlight":1,
           "oldestAcceptedAt":"2026-11-29T17:59:50+00:00","nextDue":null,"lastReply":null,"destination":null,"node":"10.0.0.2:4053"}],
         "cursor":"abc","isComplete":false,"unanswered":["10.0.0.3:4053"]}
        """;

    [Fact]
    public async Task Queues_are_aligned_text_without_escapes_in_a_pipe()
    {
        api.On("GET /api/v1/queues", Queues);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("queues"));
        Assert.Equal(
            """
            QUEUE              MESSAGES  RECIPIENTS  DUE  DEFERRED  SENDING  OLDEST  NEXT  NODE           LAST REPLY
            default:slow.test        11          13    1        10        0   3h12m    5m  10.0.0.1:4053  421 4.7.0 too [31m fast
            bulk:ok.test              1           1    0         0        1     10s     -  10.0.0.2:4053  -
            12 messages for 14 recipients in 2 queues: 1 due, 10 deferred, 1 being sent; 3 not yet in a queue

            """,
            client.Output);
        Assert.Equal(
            """
            postfleet: warning: no answer from 10.0.0.3:4053; the list is without their share
            postfleet: the list is longer; next page: --cursor abc

            """,
            client.Error);
    }

    [Fact]
    public async Task Mail_on_hold_has_a_column_and_a_sum_of_its_own()
    {
        api.On("GET /api/v1/queues", """
            {"total":{"messages":3,"recipients":3,"due":0,"deferred":1,"inFlight":0,"held":2},"queueCount":1,
             "queues":[{"key":"default:slow.test","messages":3,"recipients":3,"due":0,"deferred":1,"inFlight":0,"held":2}]}
            """);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("queues"));
        Assert.Equal(
            """
            QUEUE              MESSAGES  RECIPIENTS  DUE  DEFERRED  SENDING  HELD  OLDEST  NEXT  NODE  LAST REPLY
            default:slow.test         3           3    0         1        0     2       -     -  -     -
            3 messages for 3 recipients in 1 queue: 0 due, 1 deferred, 0 being sent, 2 on hold

            """,
            client.Output);
    }

    [Fact]
    public async Task A_terminal_gets_colours_and_no_color_turns_them_off()
    {
        api.On("GET /api/v1/queues", Queues);
        var (coloured, plain) = (new Client(api.Endpoint) { IsTerminal = true }, new Client(api.Endpoint) { IsTerminal = true });
        plain.Environment["NO_COLOR"] = "1";

        Assert.Equal(0, await coloured.RunAsync("queues"));
        Assert.Equal(0, await plain.RunAsync("queues"));
        Assert.Contains("\u001b[1m", coloured.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", plain.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[31m fast", coloured.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_the_answer_unchanged()
    {
        api.On("GET /api/v1/queues", Queues);
        var client = new Client(api.Endpoint) { IsTerminal = true };

        Assert.Equal(0, await client.RunAsync("queues", "--json"));
        Assert.Equal(Queues + "\n", client.Output);
        Assert.Equal("", client.Error);
    }

    [Fact]
    public async Task Mailq_pages_through_the_queues()
    {
        api.On("GET /api/v1/queues", Queues);

        Assert.Equal(
            0, await new Client(api.Endpoint).RunAsync("mailq", "bulk:*", "--domain", "a.test", "--limit", "5", "--cursor", "a+b/c="));
        Assert.Contains(
            api.Requests, request => request.Line == "GET /api/v1/queues?queue=bulk%3A%2A&domain=a.test&limit=5&cursor=a%2Bb%2Fc%3D");
    }

    [Fact]
    public async Task A_queue_is_shown_with_all_members_that_have_a_value()
    {
        api.On("GET /api/v1/queues/default:slow.test", """
            {"key":"default:slow.test","messages":11,"nextDue":"2026-11-29T18:05:00+00:00","lastReply":null,
             "why":{"constraint":"site-unavailable","until":"2026-11-29T18:05:00+00:00"},
             "next":[{"id":"01A","due":"2026-11-29T18:05:00+00:00","attempts":2},{"id":"01B","due":null,"attempts":11}]}
            """);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("queue", "default:slow.test"));
        Assert.Equal(
            """
            key           default:slow.test
            messages      11
            next due      2026-11-29T18:05:00Z (in 5m)
            why
              constraint  site-unavailable
              until       2026-11-29T18:05:00Z (in 5m)

            next:
            ID   DUE                   ATTEMPTS
            01A  2026-11-29T18:05:00Z         2
            01B  -                           11

            """,
            client.Output);
    }

    [Fact]
    public async Task Health_of_sources_stands_below_their_destinations()
    {
        api.On("GET /api/v1/destinations", """
            {"destinationCount":3,"destinations":[],"sources":[
              {"source":"out1","provider":"example","destinations":2,"unreachable":1,"paused":1,"lowered":0,"waiting":4,"running":2,
               "connections":2,"failedSince":"2026-11-29T17:00:00+00:00","reply":"421 busy"},
              {"source":"out1","provider":null,"destinations":1,"unreachable":0,"paused":0,"lowered":0,"waiting":0,"running":1,
               "connections":1,"failedSince":null,"reply":null}],"isComplete":true,"unanswered":[]}
            """);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("destinations", "--source", "out1"));
        Assert.Contains(api.Requests, request => request.Line.Contains("source=out1", StringComparison.Ordinal));
        Assert.Equal(
            """
            SOURCE  PROVIDER  DESTINATIONS  UNREACHABLE  PAUSED  SLOWED  WAITING  SENDING  CONNECTIONS  SINCE  NEWEST TROUBLE
            out1    example              2            1       1       0        4        2            2     1h  421 busy
            out1    -                    1            0       0       0        0        1            1      -  -
            3 destinations

            """,
            client.Output);
    }

    [Fact]
    public async Task Destinations_show_their_limits()
    {
        api.On("GET /api/v1/destinations", """
            {"destinationCount":1,"destinations":[{"id":"default|slow.test","queues":1,"waiting":4,"running":2,"connections":2,
              "granted":0,"unacknowledged":0,"maxConnections":20,"maxRate":"50/s","tokens":3,"downUntil":"2026-11-29T17:00:00+00:00",
              "reply":"421 busy","node":"10.0.0.1:4053"}],"isComplete":true,"unanswered":[]}
            """);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("destinations"));
        Assert.Equal(
            """
            DESTINATION        WAITING  SENDING  CONNECTIONS  RATE  QUEUES  PAUSED  NODE           LAST FAILURE
            default|slow.test        4        2         2/20  50/s       1     now  10.0.0.1:4053  421 busy
            1 destination

            """,
            client.Output);
    }

    [Fact]
    public async Task Status_shows_members_totals_and_singletons()
    {
        api.On("GET /api/v1/queues", Queues);
        api.On("GET /api/v1/cluster", """
            {"self":"10.0.0.1:4053","leader":"10.0.0.1:4053","isConverged":true,
             "members":[{"node":"10.0.0.1:4053","roles":["delivery","queue"],"status":"Up","version":"0.1.0","isReachable":true,"age":1,
               "regions":{"domain-queue":{"shards":10,"entities":7},"destination":{"shards":3,"entities":2}}}],
             "singletons":[{"name":"hand-off sweeper","role":"queue","node":"10.0.0.1:4053"}],"isComplete":true,"unanswered":[]}
            """);
        var client = new Client(api.Endpoint);

        Assert.Equal(0, await client.RunAsync("status"));
        Assert.Equal(
            """
            cluster of 1 node, all up and reachable; leader 10.0.0.1:4053; asked 10.0.0.1:4053
            12 messages for 14 recipients in 2 queues: 1 due, 10 deferred, 1 being sent; 3 not yet in a queue

            NODE           STATUS  REACHABLE  ROLES            VERSION  AGE  QUEUES  DESTINATIONS
            10.0.0.1:4053  Up      yes        delivery, queue  0.1.0      1       7             2

            SINGLETON         ROLE   NODE
            hand-off sweeper  queue  10.0.0.1:4053

            """,
            client.Output);
    }
}
