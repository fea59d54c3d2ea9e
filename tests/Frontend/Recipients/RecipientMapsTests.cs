using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Recipients;

public sealed class RecipientMapsTests : IDisposable
{
    private readonly TempFolder _folder = new("recipients");
    private readonly RecordingLogger _logger = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Changed_files_are_read_again_all_or_none()
    {
        var (one, two) = (_folder["one"], _folder["two"]);
        File.WriteAllText(one, "a@own.test");
        File.WriteAllText(two, "b@own.test");
        using var maps = new RecipientMaps([one, two], _time, _logger);
        maps.Begin();
        Assert.Equal(2, maps.Table.Count);

        File.WriteAllText(one, "a@own.test\nc@own.test");
        File.WriteAllText(two, "b@own.test c");
        Wait();
        Assert.Equal(2, maps.Table.Count);
        var refused = Assert.Single(_logger.Of("recipients refused"));
        Assert.Equal(LogLevel.Error, refused.Level);
        Assert.StartsWith(
            $"Inbound:Recipients:1 is '{two}', which cannot be used: line 1: target 'c' ", (string)refused.Fields["Reason"]!,
            StringComparison.Ordinal);

        File.WriteAllText(two, "b@own.test c@own.test");
        Wait();
        Assert.Equal(3, maps.Table.Count);
        Assert.NotNull(maps.Table.Find(Mailbox.Parse("c@own.test"), null, out _));
        Assert.Single(_logger.Of("recipients read"));

        File.Delete(one);
        Wait();
        Assert.Equal(3, maps.Table.Count);
        Assert.Equal(2, _logger.Of("recipients refused").Count);
    }

    [Fact]
    public void A_missing_file_stops_the_start()
    {
        var fault = Assert.Throws<StartFailureException>(() => new RecipientMaps([_folder["none"]], _time, _logger)).Message;
        Assert.StartsWith($"Inbound:Recipients:0 is '{_folder["none"]}', which cannot be used: ", fault, StringComparison.Ordinal);
    }

    private void Wait()
    {
        for (var i = 0; i < 4; i++) _time.Advance(TimeSpan.FromMilliseconds(300));
    }
}
