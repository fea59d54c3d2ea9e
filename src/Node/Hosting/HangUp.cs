using System.Runtime.InteropServices;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Takes SIGHUP, which asks for a reload and by default ends the process. A signal before the node can reload is kept until then.
/// <c>Program</c> owns one instance, created before everything else. The handler runs on the thread pool.
/// </summary>
internal sealed class HangUp : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration _registration;
    private Action? _reload;
    private bool _isPending;

    /// <summary>Registers the handler of the signal.</summary>
    public HangUp() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        Receive();
    });

    /// <summary>Sets the reload, which must not wait. A signal that has come before calls it at once.</summary>
    public void Attach(Action reload)
    {
        lock (_lock)
        {
            _reload = reload;
            if (!_isPending) return;
            _isPending = false;
        }

        reload();
    }

    /// <summary>Handles a signal.</summary>
    internal void Receive()
    {
        Action? reload;
        lock (_lock)
        {
            reload = _reload;
            _isPending = reload is null;
        }

        reload?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose() => _registration.Dispose();
}
