using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Postfleet.Testing;

/// <summary>A child process of the tests, with its output and signals. Disposing kills the process.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int MaxErrors = 1_000;

    private readonly Process _process;
    private readonly string _name;
    private readonly Func<string>? _surroundings;
    private readonly OutputLog _log;
    private readonly ConcurrentQueue<string> _errors = new();

    internal ChildProcess(Process process, ProcessSpec spec)
    {
        _process = process;
        _name = spec.Name;
        _surroundings = spec.Surroundings;
        _log = new OutputLog(spec.LinesHeld, spec.Keep);
        Exited = FollowAsync();
    }

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Ends with the exit code (128 + n after signal n) when all output has been read.</summary>
    public Task<int> Exited { get; }

    /// <summary>The last lines of standard output and error, in the order of arrival.</summary>
    public IReadOnlyList<string> Output => _log.Last();

    /// <summary>The first lines of standard error alone; complete when <see cref="Exited"/> has ended.</summary>
    public IReadOnlyList<string> Errors => [.. _errors];

    /// <summary>Every line that <see cref="ProcessSpec.Keep"/> chose.</summary>
    public IReadOnlyList<string> Kept => _log.Kept();

    /// <summary>Waits for a line that contains <paramref name="text"/>. Earlier lines count.</summary>
    /// <exception cref="InvalidOperationException">The process ended without the line.</exception>
    /// <exception cref="TimeoutException">The line did not come in time.</exception>
    public Task<string> WaitForLineAsync(string text, TimeSpan timeout) =>
        WaitForLineAsync(line => line.Contains(text, StringComparison.Ordinal), timeout, $"no line with '{text}'");

    /// <inheritdoc cref="WaitForLineAsync(string, TimeSpan)"/>
    public async Task<string> WaitForLineAsync(Func<string, bool> wanted, TimeSpan timeout, string missing)
    {
        try
        {
            return await _log.Find(wanted, () => Failure($"ended, {missing}")).WaitAsync(timeout);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Failure($"{missing} within {timeout.TotalSeconds:0.#} s").Message);
        }
    }

    /// <summary>Waits until a process listens on a loopback port.</summary>
    public Task WaitForPortAsync(int port, TimeSpan timeout) => WaitForPortsAsync(IPAddress.Loopback, [port], timeout);

    /// <summary>Waits until all ports of an address are open.</summary>
    public async Task WaitForPortsAsync(IPAddress address, IEnumerable<int> ports, TimeSpan timeout)
    {
        foreach (var port in ports) await WaitForPortAsync(address, port, timeout);
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code; 128 + n after signal n.</returns>
    /// <exception cref="TimeoutException">The process still runs; the message has its last lines.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        try
        {
            return await Exited.WaitAsync(timeout);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Failure($"still runs after {timeout.TotalSeconds:0.#} s").Message);
        }
    }

    /// <summary>Sends a signal. A process that has ended is ignored.</summary>
    public void Send(Signal signal)
    {
        if (!_process.HasExited && Kill(_process.Id, (int)signal) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            const int noSuchProcess = 3;
            if (error != noSuchProcess)
            {
                throw new InvalidOperationException($"signal {signal} to {_name}: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    /// <summary>Sends SIGTERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> TerminateAsync(TimeSpan timeout)
    {
        Send(Signal.Terminate);
        return WaitForExitAsync(timeout);
    }

    /// <summary>Sends SIGKILL and waits for the end.</summary>
    public async Task KillAsync()
    {
        Send(Signal.Kill);
        await Exited;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    /// <summary>An exception with a problem, the last lines of output, and the process's <see cref="ProcessSpec.Surroundings"/>.</summary>
    public InvalidOperationException Failure(string problem) =>
        new($"{_name}: {problem}\n{string.Join('\n', Output.TakeLast(40))}{_surroundings?.Invoke()}");

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);

    private Task WaitForPortAsync(IPAddress address, int port, TimeSpan timeout) =>
        Eventually.True(
            async () =>
            {
                if (Exited.IsCompleted)
                {
                    throw Failure($"ended before it listened on port {port}");
                }

                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(address, port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            timeout,
            () => Failure($"nothing listens on port {port}").Message);

    private async Task<int> FollowAsync()
    {
        await Task.WhenAll(ReadAsync(_process.StandardOutput, _ => { }), ReadAsync(_process.StandardError, KeepError));
        await _process.WaitForExitAsync();
        _log.End(() => Failure("ended"));
        return _process.ExitCode;
    }

    private void KeepError(string line)
    {
        if (_errors.Count < MaxErrors)
        {
            _errors.Enqueue(line);
        }
    }

    private async Task ReadAsync(StreamReader reader, Action<string> seen)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            seen(line);
            _log.Add(line);
        }
    }
}
