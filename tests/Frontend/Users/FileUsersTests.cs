using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

public sealed class FileUsersTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    private readonly TempFolder _folder = new("users");
    private readonly RecordingLogger _logger = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_or_invalid_file_is_logged_once_and_leaves_the_users()
    {
        var file = _folder["users.jsonl"];
        const string Valid = """{"name":"a@a.test"}""";
        File.WriteAllText(file, Valid);
        using var users = new FileUsers(file, _time, _logger);
        users.Begin();

        File.Delete(file);
        for (var i = 0; i < 5; i++) _time.Advance(Interval);
        Assert.Equal(LogLevel.Error, Assert.Single(_logger.Of("users refused")).Level);

        File.WriteAllText(file, "no user");
        for (var i = 0; i < 5; i++) _time.Advance(Interval);
        Assert.Equal(2, _logger.Of("users refused").Count);
        Assert.StartsWith("line 1: ", (string)_logger.Of("users refused")[1].Fields["Reason"]!, StringComparison.Ordinal);
        Assert.NotNull(await users.FindAsync("a@a.test", default));

        File.WriteAllText(file, Valid + "\n{\"name\":\"b@a.test\"}");
        _time.Advance(Interval);
        // The file may still change.
        Assert.Null(await users.FindAsync("b@a.test", default));
        _time.Advance(Interval);
        Assert.NotNull(await users.FindAsync("b@a.test", default));
        Assert.Single(_logger.Of("users read"));
    }
}
