using System.CommandLine;
using Postfleet.Cli.Common;
using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class CompletionTests : IAsyncLifetime
{
    private readonly FakeApi _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("queue default:a", "default:a.test")]
    [InlineData("suspend bu", "bulk:a.test")]
    [InlineData("delete --queue default:", "default:a.test")]
    [InlineData("hold --site def", "default|mx.test")]
    [InlineData("move --to-route ba", "backup")]
    [InlineData("actions 1", "17")]
    [InlineData("actions cancel 1", "17")]
    [InlineData("user show sh", "shop@a.test")]
    [InlineData("user disable sh", "shop@a.test")]
    [InlineData("queue nothing", null)]
    public void Names_of_the_cluster_are_completed(string line, string? expected)
    {
        _api.On("GET /api/v1/queues", """{"queues":[{"key":"default:a.test"},{"key":"bulk:a.test"},{"key":"default:a\u001b"}]}""");
        _api.On("GET /api/v1/destinations", """{"destinations":[{"id":"default|mx.test"}]}""");
        _api.On("GET /api/v1/actions", """{"actions":[{"id":"17"},{"id":"2"}]}""");
        _api.On("GET /api/v1/routes", """{"routes":[{"name":"backup"},{"name":"relay"}]}""");
        _api.On("GET /api/v1/users", """{"users":[{"name":"boss"},{"name":"shop@a.test"}]}""");

        var labels = Complete($"--endpoint {_api.Endpoint}", line).Where(label => !label.StartsWith('-') && label != "cancel");
        Assert.Equal(expected is null ? [] : [expected], labels);
    }

    [Fact]
    public void Failure_completes_nothing()
    {
        _api.On("GET /api/v1/queues", "nonsense");
        Assert.Empty(Complete($"--endpoint {_api.Endpoint}", "queue default:"));
        Assert.Empty(Complete($"--endpoint {_api.Endpoint}", "actions cancel 1"));
        Assert.Empty(Complete("--endpoint 127.0.0.1:1", "queue default:"));
        Assert.Empty(Complete("--endpoint ftp://nowhere", "queue default:"));
    }

    [Fact]
    public async Task Help_asks_nothing()
    {
        var client = new Client(_api.Endpoint);
        await client.RunAsync("queue", "--help");
        await client.RunAsync("suspend", "--help");
        await client.RunAsync("user", "show", "--help");
        await client.RunAsync("user", "--help");
        Assert.Empty(_api.Requests);
    }

    private static IEnumerable<string> Complete(string endpoint, string line)
    {
        var root = new RootCommand();
        root.AddClientVerbs(new ClientSurroundings(new Dictionary<string, string>(), TextWriter.Null, TextWriter.Null)
        {
            CompletionLimit = TimeSpan.FromSeconds(30),
            FindNode = _ => new LocalNode("", "", "none"),
        });
        var (verb, rest) = (line.Split(' ')[0], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        var nested = Array.Find(["cancel ", "show ", "disable "], word => rest.StartsWith(word, StringComparison.Ordinal)) ?? "";
        var text = $"{verb} {nested}{endpoint} {rest[nested.Length..]}";
        return root.Parse(text).GetCompletions(text.Length).Select(item => item.Label);
    }
}
