using System.Text.Json;
using Postfleet.Cli.Rendering;
using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class TopTests(FakeApi api) : IClassFixture<FakeApi>
{
    private static readonly Column[] Columns =
        [Column.Text("Queue", "key"), Column.Number("Messages", "messages"), Column.Age("Oldest", "at")];

    private static readonly IReadOnlyList<JsonElement> Rows = [.. JsonDocument.Parse("""
        [{"key":"b:small.test","messages":9,"at":"2026-11-29T17:00:00Z"},
         {"key":"c:large.test","messages":100,"at":"2026-11-29T17:59:00Z"},
         {"key":"a:empty.test","messages":0}]
        """).RootElement.EnumerateArray()];

    private static readonly TopView Queues = new("queues", "queues", "key", Columns, 1);

    private static readonly TopView Sites = new("destinations", "destinations", "key", Columns, TopView.ByTrouble)
    {
        Trouble = (row, _) => -row.Number("messages"),
    };

    private readonly TopModel _model = new([Queues, Sites]);

    [Theory]
    [InlineData(0, "a:empty.test", "b:small.test", "c:large.test")]
    [InlineData(1, "c:large.test", "b:small.test", "a:empty.test")]
    [InlineData(2, "b:small.test", "c:large.test", "a:empty.test")]
    [InlineData(TopView.ByTrouble, "a:empty.test", "b:small.test", "c:large.test")]
    public void Rows_are_sorted_by_number_age_name_or_trouble(int sort, params string[] keys)
    {
        Assert.Equal(keys, Sites.Sorted(Rows, sort, false, Client.Now).Select(row => row.Get("key").Words()));
        Assert.Equal(keys.Reverse(), Sites.Sorted(Rows, sort, true, Client.Now).Select(row => row.Get("key").Words()));
    }

    [Fact]
    public void Sorts_follow_each_other_and_belong_to_their_view()
    {
        var sorts = new List<string>();
        var model = Press(_model, ConsoleKey.Tab);
        for (var i = 0; i < 5; i++, model = Press(model, ConsoleKey.S)) sorts.Add(model.View.NameOf(model.Sort));
        Assert.Equal(["trouble", "queue", "messages", "oldest", "trouble"], sorts);
        model = Press(model, ConsoleKey.Tab);
        Assert.Equal((Queues, 1), (model.View, model.Sort));
        Assert.True(Press(model, ConsoleKey.R).IsReversed);
    }

    [Fact]
    public void Selection_moves_within_the_rows_and_follows_its_row()
    {
        var model = Press(_model, ConsoleKey.DownArrow);
        Assert.Equal("c:large.test", model.Selected);
        IReadOnlyList<JsonElement> turned = [Rows[1], Rows[2], Rows[0]];
        Assert.Equal(0, model.SelectedAt(turned));
        Assert.Equal("a:empty.test", Press(model, ConsoleKey.PageDown).Selected);
        Assert.Equal("b:small.test", Press(model, ConsoleKey.PageUp).Selected);
        // A row that has gone leaves the first row selected.
        Assert.Equal(0, model.SelectedAt([Rows[0]]));
        Assert.Null(_model.Press(Key(ConsoleKey.DownArrow), []).Selected);
    }

    [Fact]
    public void Enter_opens_the_selected_row_and_escape_goes_back_to_it()
    {
        var model = Press(Press(_model, ConsoleKey.DownArrow), ConsoleKey.Enter);
        Assert.Equal("c:large.test", model.Open);
        // Keys of the list do not matter in a detail.
        Assert.Equal((Queues, 1), (Press(model, ConsoleKey.Tab).View, Press(model, ConsoleKey.S).Sort));
        var scrolled = Press(Press(model, ConsoleKey.PageDown), ConsoleKey.UpArrow);
        Assert.Equal((9, 0), (scrolled.Scroll, Press(scrolled, ConsoleKey.PageUp).Scroll));
        model = Press(scrolled, ConsoleKey.Escape);
        Assert.Equal((null, "c:large.test", false), (model.Open, model.Selected, model.IsOver));
        Assert.False(Press(model, ConsoleKey.Escape).IsOver);
        Assert.Null(_model.Press(Key(ConsoleKey.Enter), []).Open);
    }

    [Fact]
    public void Q_and_control_c_end_the_verb_everywhere()
    {
        Assert.True(Press(_model, ConsoleKey.Q).IsOver);
        Assert.True(Press(Press(_model, ConsoleKey.Enter), ConsoleKey.Q).IsOver);
        Assert.True(_model.Press(new ConsoleKeyInfo('c', ConsoleKey.C, false, false, true), Rows).IsOver);
        Assert.False(Press(_model, ConsoleKey.C).IsOver);
    }

    [Fact]
    public void A_list_is_drawn_with_a_mark_at_the_selected_row()
    {
        var lines = TopPage.List(["head"], Press(_model, ConsoleKey.DownArrow), Rows, Client.Now, (80, 24));

        Assert.Equal(
            [
                "head",
                "  QUEUE         MESSAGES*  OLDEST",
                "  b:small.test          9      1h",
                "> c:large.test        100      1m",
                "  a:empty.test          0       -",
            ],
            lines);
    }

    [Fact]
    public void A_list_fits_its_terminal_and_shows_the_selected_row()
    {
        var model = Press(_model, ConsoleKey.PageDown);

        var lines = TopPage.List([new string('x', 50)], model, Rows, Client.Now, (20, 3));

        Assert.Equal(["xxxxxxxxxxxxxxxxxxxx", "  QUEUE         MESS", "> a:empty.test      "], lines);
    }

    [Fact]
    public void A_detail_is_drawn_with_its_tables_and_scrolled_to_its_last_line_at_most()
    {
        var detail = JsonDocument.Parse("""
            {"key":"b:small.test","why":{"constraint":"rate","setting":"Delivery:MaxRatePerSite"},
             "delivered":{"minute":1,"hour":20},"next":[{"id":"X","attempts":2}]}
            """).RootElement;

        var lines = TopPage.Detail(["head"], detail, 0, Client.Now, (80, 24));

        Assert.Equal(
            [
                "head",
                "key           b:small.test",
                "why",
                "  constraint  rate",
                "  setting     Delivery:MaxRatePerSite",
                "delivered     minute=1 hour=20",
                "",
                "next:",
                "ID  ATTEMPTS",
                "X          2",
            ],
            lines);
        Assert.Equal(["head", "X          2"], TopPage.Detail(["head"], detail, 100, Client.Now, (80, 24)));
        Assert.Equal(["head", "key "], TopPage.Detail(["head"], detail, 0, Client.Now, (4, 2)));
    }

    [Fact]
    public async Task Keys_open_a_queue_go_back_switch_the_view_and_quit()
    {
        api.On("GET /api/v1/queues", """
            {"queues":[{"key":"default:slow.test","messages":1}],"throughput":{"accepted":52.14,"delivered":50,"deferred":0}}
            """);
        api.On("GET /api/v1/queues/default:slow.test", """{"key":"default:slow.test","why":{"constraint":"connections"}}""");
        api.On("GET /api/v1/destinations", """{"destinations":[{"id":"default|mx.slow.test"}]}""");
        var client = new Client(api.Endpoint) { IsTerminal = true, Time = TimeProvider.System };
        foreach (var key in new[] { ConsoleKey.Enter, ConsoleKey.Escape, ConsoleKey.Tab, ConsoleKey.Q })
            client.Keys.Enqueue(Key(key));

        Assert.Equal(0, await client.RunAsync("top"));
        var pages = client.Output.Split("\u001b[H");
        Assert.Contains("default:slow.test", pages[1], StringComparison.Ordinal);
        Assert.Contains("accepted 52.1/s, delivered 50/s, deferred 0/s (recipients)", pages[1], StringComparison.Ordinal);
        Assert.Contains("constraint  connections", pages[3], StringComparison.Ordinal);
        Assert.Contains("MESSAGES*", pages[4], StringComparison.Ordinal);
        Assert.Contains("default|mx.slow.test", pages[5], StringComparison.Ordinal);
        Assert.EndsWith("\u001b[?25h\u001b[?1049l", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_gets_no_top()
    {
        var client = new Client(api.Endpoint);

        Assert.Equal(2, await client.RunAsync("top"));
        Assert.Equal("postfleet: top needs a terminal; in a pipe: postfleet queues\n", client.Error);
        Assert.Empty(client.Output);
    }

    private static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, false, false, false);

    private static TopModel Press(TopModel model, ConsoleKey key) => model.Press(Key(key), Rows);
}
