using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Node.Logging;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Logging;

public sealed class LineWriterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly GatedOutput _output = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Lines_are_in_the_output_in_order_when_the_writer_has_ended()
    {
        var writer = Create();
        _output.Open();
        for (var i = 0; i < 10_000; i++) writer.Write(Line($"line {i}"));

        await writer.DisposeAsync();

        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"line {i}"), _output.Lines);
    }

    [Fact]
    public async Task Lines_of_many_threads_stay_whole()
    {
        var writer = Create();
        _output.Open();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 2_000; i++) writer.Write(Line($"{thread}:{i}:{new string('x', i % 300)}"));
        })));
        await writer.DisposeAsync();

        Assert.Equal(8_000, _output.Lines.Length);
        Assert.All(_output.Lines, line => Assert
            .Equal(int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture) % 300, line.Split(':')[2].Length));
    }

    [Fact]
    public async Task Lines_queued_while_the_output_is_busy_are_one_batch()
    {
        var writer = Create();
        writer.Write(Line("first"));
        await _output.Started;
        for (var i = 0; i < 1_000; i++) writer.Write(Line($"line {i}"));
        _output.Open();

        await writer.DisposeAsync();

        Assert.Equal(1_001, _output.Lines.Length);
        Assert.Equal(2, _output.Writes);
    }

    [Fact]
    public async Task Lines_beyond_the_capacity_are_dropped_and_counted()
    {
        var writer = Create();
        writer.Write(Line("first"));
        await _output.Started;
        for (var i = 0; i < LineWriter.Capacity + 7; i++) writer.Write(Line("x"));
        _output.Open();

        await writer.DisposeAsync();

        Assert.Equal(LineWriter.Capacity, _output.Lines.Count(line => line == "x"));
        Assert.Equal(7, Dropped());
    }

    [Fact]
    public async Task Long_lines_take_no_more_memory_than_short_ones()
    {
        const int Length = 60_000;
        var writer = Create();
        writer.Write(Line("first"));
        await _output.Started;
        var offered = (LineWriter.MaxPendingBytes / Length) + 50;
        for (var i = 0; i < offered; i++) writer.Write(Line(new string('x', Length - 1)));
        _output.Open();

        await writer.DisposeAsync();

        var kept = _output.Lines.Count(line => line.StartsWith('x'));
        Assert.InRange(kept * (long)Length, LineWriter.MaxPendingBytes - Length, LineWriter.MaxPendingBytes);
        Assert.Equal(offered - kept, Dropped());
    }

    [Fact]
    public async Task Dropped_lines_without_a_later_line_are_logged_at_the_end()
    {
        var writer = Create();
        _output.Open();
        writer.Write(new byte[LineWriter.MaxPendingBytes + 1]);

        await writer.DisposeAsync();

        Assert.Equal("dropped 1", Assert.Single(_output.Lines));
    }

    [Fact]
    public async Task Writer_has_room_again_after_the_output_has_accepted_lines()
    {
        var writer = Create();
        _output.Open();
        for (var round = 0; round < 3; round++)
        {
            var line = $"round {round}";
            for (var i = 0; i < 200; i++) writer.Write(Line(new string('x', LineWriter.MaxPendingBytes / 256)));
            writer.Write(Line(line));
            await Eventually.True(() => _output.Text.Contains(line, StringComparison.Ordinal), Limit, line);
        }

        await writer.DisposeAsync();

        Assert.Equal(0, Dropped());
    }

    [Fact]
    public async Task Disposed_writer_ignores_lines()
    {
        var writer = Create();
        _output.Open();
        await writer.DisposeAsync();

        writer.Write(Line("late"));
        await writer.DisposeAsync();

        Assert.Empty(_output.Text);
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    public async Task Lines_refused_by_the_output_are_counted_and_logged_later(Type fault)
    {
        var writer = Create();
        _output.Fault = (Exception)Activator.CreateInstance(fault)!;
        _output.Open();
        writer.Write(Line("lost 1"));
        await Eventually.True(() => _output.Writes == 1, Limit, "the first batch has failed");
        writer.Write(Line("lost 2"));
        await Eventually.True(() => _output.Writes >= 2, Limit, "the second batch has failed");
        _output.Fault = null;
        writer.Write(Line("kept"));

        await writer.DisposeAsync();

        Assert.Contains("kept", _output.Lines);
        Assert.DoesNotContain(_output.Lines, line => line.StartsWith("lost", StringComparison.Ordinal));
        Assert.Equal(2, Dropped());
    }

    [Fact]
    public async Task Errors_of_the_writer_surface_when_it_is_disposed_of()
    {
        var writer = Create();
        _output.Fault = new InvalidOperationException("a bug");
        _output.Open();
        writer.Write(Line("x"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task An_output_that_nobody_reads_does_not_keep_the_process()
    {
        var writer = Create();
        writer.Write(Line("stuck"));
        await _output.Started;

        var ending = writer.DisposeAsync().AsTask();
        Assert.False(ending.IsCompleted);
        _time.Advance(LineWriter.FlushTime);

        await ending.WaitAsync(Limit);
        Assert.Empty(_output.Text);
    }

    private LineWriter Create() => new(_output, _time, dropped => Line($"dropped {dropped}"));

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");

    private long Dropped() => _output.Lines.Where(line => line.StartsWith("dropped ", StringComparison.Ordinal))
        .Sum(line => long.Parse(line["dropped ".Length..], CultureInfo.InvariantCulture));
}
