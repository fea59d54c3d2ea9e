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

    [Theory]
    [InlineData(0, "a:empty.test", "b:small.test", "c:large.test")]
    [InlineData(1, "c:large.test", "b:small.test", "a:empty.test")]
    [InlineData(2, "b:small.test", "c:large.test", "a:empty.test")]
    public void Rows_are_sorted_by_number_age_or_name(int sort, params string[] keys)
    {
        var lines = TopPage.Draw(["head"], Columns, Rows, sort, Client.Now, (80, 24));

        Assert.Equal("head", lines[0]);
        Assert.Contains($"{Columns[sort].Header.ToUpperInvariant()}*", lines[1], StringComparison.Ordinal);
        Assert.Equal(keys, lines.Skip(2).Select(line => line.Split(' ')[0]));
    }

    [Fact]
    public void A_page_fits_its_terminal()
    {
        var lines = TopPage.Draw([new string('x', 50)], Columns, Rows, 1, Client.Now, (20, 3));

        Assert.Equal(["xxxxxxxxxxxxxxxxxxxx", "QUEUE         MESSAG", "c:large.test        "], lines);
    }

    [Fact]
    public async Task Keys_switch_the_view_and_quit()
    {
        api.On("GET /api/v1/queues", """{"queues":[{"key":"default:slow.test","messages":1}]}""");
        api.On("GET /api/v1/destinations", """{"destinations":[{"id":"default|mx.slow.test"}]}""");
        var client = new Client(api.Endpoint) { IsTerminal = true, Time = TimeProvider.System };
        client.Keys.Enqueue(new ConsoleKeyInfo('\t', ConsoleKey.Tab, false, false, false));
        client.Keys.Enqueue(new ConsoleKeyInfo('q', ConsoleKey.Q, false, false, false));

        Assert.Equal(0, await client.RunAsync("top"));
        var pages = client.Output.Split("\u001b[H");
        Assert.Equal(3, pages.Length);
        Assert.Contains("default:slow.test", pages[1], StringComparison.Ordinal);
        Assert.Contains("default|mx.slow.test", pages[2], StringComparison.Ordinal);
        Assert.EndsWith("\u001b[?25h\u001b[?1049l", client.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_gets_no_top()
    {
        var client = new Client(api.Endpoint);

        Assert.Equal(2, await client.RunAsync("top"));
        Assert.Equal("postfleet: top needs a terminal; in a pipe: postfleet queues\n", client.Error);
    }
}
